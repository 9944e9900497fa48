package mesh

import (
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAnInstallationInjects(t *testing.T) {
	for _, native := range []bool{false, true} {
		m, err := Install("global: {}", native)
		if err != nil {
			t.Fatal(err)
		}
		pod := &v1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "default"},
			Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "app", Image: "app"}}},
		}
		injected, err := m.Inject(pod)
		if err != nil || injected == nil {
			t.Fatal(injected, err)
		}
		if got := len(injected.Spec.InitContainers) == 2; got != native {
			t.Errorf("native %t: %d init containers", native, len(injected.Spec.InitContainers))
		}
		if yes, err := m.Selects(map[string]string{"istio-injection": "enabled"}, nil); !yes || err != nil {
			t.Error(yes, err)
		}
	}
}
