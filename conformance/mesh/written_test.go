package mesh

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"istio.io/istio/pkg/kube/inject"
	"istio.io/istio/pkg/kube/multicluster"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	reader "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const annotation = "sidecar.istio.io/preStopCommand"

// hard are texts that break what is careless: quotes, line breaks, actions of templates, and keys of YAML.
var hard = []string{
	"sleep 30",
	`echo "a" 'b' \c $(id) ` + "`id`",
	"sleep 1\nsleep 2\n",
	"{{ .Values.global.proxy.image }}",
	"}} {{ fail \"no\" }} {{",
	"x\"\n        image: evil\n        securityContext: {privileged: true}",
	"- x: y # z",
	"]}}]\n---\nkind: Pod",
	"\ttab \u2028 ü",
	"",
}

// tool runs istio-drain over a stream with a policy.
func tool(t *testing.T, stream, policy string) string {
	t.Helper()
	program := os.Getenv("ISTIO_DRAIN")
	if program == "" {
		program = "../../target/debug/istio-drain"
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip(err)
	}
	file := filepath.Join(t.TempDir(), "policy.yaml")
	text := "apiVersion: istio-drain.dev/v1alpha1\nkind: ShutdownPolicy\nspec: " + policy + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command(program, "--policy", file)
	command.Stdin = strings.NewReader(stream)
	var out, told bytes.Buffer
	command.Stdout, command.Stderr = &out, &told
	if err := command.Run(); err != nil {
		t.Fatalf("%v: %s", err, told.String())
	}
	return out.String()
}

// serve starts the injector again, with its ConfigMap from a stream.
func (m *Mesh) serve(t *testing.T, stream string) {
	t.Helper()
	documents := reader.NewYAMLReader(bufio.NewReader(strings.NewReader(stream)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			t.Fatal("no injector")
		}
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		data, _, _ := unstructuredStrings(object, "data")
		if data["config"] == "" || data["values"] == "" {
			continue
		}
		m.handler = http.NewServeMux()
		_, err = inject.NewWebhook(inject.WebhookParameters{
			Watcher: injector{data["config"], data["values"]}, Env: m.env, Mux: m.handler,
			MultiCluster: multicluster.NewFakeController(),
		})
		if err != nil {
			t.Fatal(err)
		}
		return
	}
}

// proxy is the injected proxy of a pod with these annotations, and the rest of the pod.
func (m *Mesh) proxy(t *testing.T, annotations map[string]string) (v1.Container, *v1.Pod) {
	t.Helper()
	injected, err := m.Inject(&v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "default", Annotations: annotations},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Name: "app", Image: "app"}}},
	})
	if err != nil || injected == nil {
		t.Fatalf("%q: %v", annotations[annotation], err)
	}
	for _, list := range [][]v1.Container{injected.Spec.Containers, injected.Spec.InitContainers} {
		for i := range list {
			if list[i].Name == "istio-proxy" {
				found := *list[i].DeepCopy()
				list[i].Lifecycle = nil
				return found, injected
			}
		}
	}
	t.Fatal("no istio-proxy")
	return v1.Container{}, nil
}

func command(proxy v1.Container) []string {
	if proxy.Lifecycle == nil || proxy.Lifecycle.PreStop == nil || proxy.Lifecycle.PreStop.Exec == nil {
		return nil
	}
	return proxy.Lifecycle.PreStop.Exec.Command
}

// TestAWrittenTemplate has Istio's own injector render the branch for the annotation.
func TestAWrittenTemplate(t *testing.T) {
	for _, native := range []bool{false, true} {
		for _, settings := range []string{"global: {}", "global: {proxy: {holdApplicationUntilProxyStarts: true}}"} {
			m, err := Install(settings, native)
			if err != nil {
				t.Fatal(err)
			}
			before := strings.Join(m.Objects, "\n---\n")
			own, _ := m.proxy(t, nil)
			written := tool(t, before, "{writeMesh: true, drain: 40s, kinds: [Rollout.argoproj.io]}")
			if written == before || !strings.Contains(written, annotation) {
				t.Fatal("nothing is written")
			}
			removed := tool(t, written, "{writeMesh: true, remove: true, kinds: [Rollout.argoproj.io]}")
			if removed != before {
				t.Error("removal does not give the old bytes back")
			}
			m.serve(t, written)
			without, plain := m.proxy(t, nil)
			if !reflect.DeepEqual(own, without) {
				t.Errorf("native %t: a pod without the annotation has another proxy", native)
			}
			for _, text := range hard {
				proxy, pod := m.proxy(t, map[string]string{annotation: text})
				if want := []string{"/bin/sh", "-c", text}; !reflect.DeepEqual(command(proxy), want) {
					t.Errorf("native %t: %q became %q", native, text, command(proxy))
				}
				if own.Lifecycle != nil && !reflect.DeepEqual(own.Lifecycle.PostStart, proxy.Lifecycle.PostStart) {
					t.Errorf("native %t: %q hides the hook that holds the apps back", native, text)
				}
				if !reflect.DeepEqual(pod.Spec, plain.Spec) {
					t.Errorf("native %t: %q changes more than the hook", native, text)
				}
			}
		}
	}
}

// TestWrittenValues has Istio's own injector take the hook of the whole mesh from its values.
func TestWrittenValues(t *testing.T) {
	for _, native := range []bool{false, true} {
		m, err := Install("global: {}", native)
		if err != nil {
			t.Fatal(err)
		}
		before := strings.Join(m.Objects, "\n---\n")
		for _, text := range hard {
			// Values are not rendered, and an empty command is none.
			if strings.Contains(text, "{{") || text == "" {
				continue
			}
			quoted, err := yaml.Marshal(map[string]any{"exec": []string{"sh", "-c", text}})
			if err != nil {
				t.Fatal(err)
			}
			json, err := yaml.YAMLToJSON(quoted)
			if err != nil {
				t.Fatal(err)
			}
			policy := "{writeMesh: true, drain: 40s, kinds: [Rollout.argoproj.io], preStop: " + string(json) + "}"
			written := tool(t, before, policy)
			m.serve(t, written)
			proxy, _ := m.proxy(t, nil)
			if want := []string{"sh", "-c", text}; !reflect.DeepEqual(command(proxy), want) {
				t.Errorf("native %t: %q became %q", native, text, command(proxy))
			}
			if tool(t, written, strings.Replace(policy, "drain: 40s", "remove: true", 1)) != before {
				t.Errorf("%q: removal does not give the old bytes back", text)
			}
		}
	}
}
