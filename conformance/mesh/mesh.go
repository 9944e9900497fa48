// Package mesh installs Istio in memory: its own chart is rendered, and its own injector is asked.
package mesh

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/operator/pkg/values"
	"istio.io/istio/pilot/pkg/model"
	config "istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/kube/inject"
	"istio.io/istio/pkg/kube/multicluster"
	"istio.io/istio/pkg/log"

	jsonpatch "github.com/evanphx/json-patch/v5"
	admission "k8s.io/api/admission/v1"
	registration "k8s.io/api/admissionregistration/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// A Mesh is one installation: of a revision, with some values of the chart.
type Mesh struct {
	Native   bool
	Config   *meshconfig.MeshConfig
	Objects  []string // what the chart rendered
	webhooks []registration.MutatingWebhook
	env      *model.Environment
	handler  *http.ServeMux
}

// injector serves what the chart wrote into the injector's ConfigMap.
type injector struct{ config, values string }

func (i injector) Run(<-chan struct{})                           {}
func (i injector) SetHandler(func(*inject.Config, string) error) {}
func (i injector) Get() (*inject.Config, string, error) {
	c, err := inject.UnmarshalConfig([]byte(i.config))
	return &c, i.values, err
}

// Install renders Istio's chart for istiod and starts its injector. Settings are the chart's values, as YAML.
func Install(settings string, native bool) (*Mesh, error) {
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	set, err := chart(settings)
	if err != nil {
		return nil, err
	}
	rendered, err := render("istiod", "istio-system", "istio-control/istio-discovery", set)
	if err != nil {
		return nil, err
	}
	m := &Mesh{Native: native, handler: http.NewServeMux()}
	var source injector
	for _, object := range rendered {
		m.Objects = append(m.Objects, object.Content)
		switch object.GetKind() {
		case "ConfigMap":
			data, _, _ := unstructuredStrings(object.Object, "data")
			if data["config"] != "" && data["values"] != "" {
				source = injector{data["config"], data["values"]}
			}
			if text, there := data["mesh"]; there {
				if m.Config, err = config.ApplyMeshConfigDefaults(text); err != nil {
					return nil, err
				}
			}
		case "MutatingWebhookConfiguration":
			var c registration.MutatingWebhookConfiguration
			if err := yaml.Unmarshal([]byte(object.Content), &c); err != nil {
				return nil, err
			}
			m.webhooks = append(m.webhooks, c.Webhooks...)
		}
	}
	if m.Config == nil || source.config == "" || len(m.webhooks) == 0 {
		return nil, errors.New("the chart has no mesh, no injector or no webhook")
	}
	store := model.NewFakeStore()
	m.env = &model.Environment{Watcher: watcher(m.Config), ConfigStore: store}
	m.env.SetPushContext(&model.PushContext{ProxyConfigs: model.GetProxyConfigs(store, m.Config)})
	setNative(m.Native)
	_, err = inject.NewWebhook(inject.WebhookParameters{
		Watcher: source, Env: m.env, Mux: m.handler, MultiCluster: multicluster.NewFakeController(),
	})
	return m, err
}

// chart is the values as the installer takes them.
func chart(settings string) (values.Map, error) {
	var set map[string]any
	if err := yaml.Unmarshal([]byte(settings), &set); err != nil {
		return nil, err
	}
	return values.Map{"spec": map[string]any{"values": set}}, nil
}

func unstructuredStrings(object map[string]any, field string) (map[string]string, bool, error) {
	texts := map[string]string{}
	fields, there := object[field].(map[string]any)
	for key, value := range fields {
		if text, is := value.(string); is {
			texts[key] = text
		}
	}
	return texts, there, nil
}

// Selects tells whether a webhook of the mesh is called for a pod, as the API server decides.
func (m *Mesh) Selects(namespace, pod map[string]string) (bool, error) {
	for _, webhook := range m.webhooks {
		called := true
		for _, s := range []struct {
			selector *metav1.LabelSelector
			labels   map[string]string
		}{{webhook.NamespaceSelector, namespace}, {webhook.ObjectSelector, pod}} {
			selector, err := metav1.LabelSelectorAsSelector(s.selector)
			if err != nil {
				return false, err
			}
			called = called && selector.Matches(labels.Set(s.labels))
		}
		if called {
			return true, nil
		}
	}
	return false, nil
}

// Inject asks the injector for a pod. The pod that comes back is nil where it wants none of it.
func (m *Mesh) Inject(pod *v1.Pod) (*v1.Pod, error) {
	setNative(m.Native)
	raw, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	review := admission.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request:  &admission.AdmissionRequest{UID: "1", Namespace: pod.Namespace, Object: runtime.RawExtension{Raw: raw}},
	}
	body, err := json.Marshal(review)
	if err != nil {
		return nil, err
	}
	request := httptest.NewRequest(http.MethodPost, "/inject", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	m.handler.ServeHTTP(recorder, request)
	var answer admission.AdmissionReview
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		return nil, fmt.Errorf("%w: %s", err, recorder.Body)
	}
	switch response := answer.Response; {
	case response == nil:
		return nil, fmt.Errorf("no answer: %s", recorder.Body)
	case !response.Allowed:
		return nil, fmt.Errorf("denied: %s", response.Result.Message)
	case len(response.Patch) == 0:
		return nil, nil
	default:
		patch, err := jsonpatch.DecodePatch(response.Patch)
		if err != nil {
			return nil, err
		}
		if raw, err = patch.Apply(raw); err != nil {
			return nil, err
		}
		var injected v1.Pod
		return &injected, json.Unmarshal(raw, &injected)
	}
}

// Effective is the ProxyConfig in force for a pod.
func (m *Mesh) Effective(pod *v1.Pod) *meshconfig.ProxyConfig {
	return m.env.GetProxyConfigOrDefault(pod.Namespace, pod.Labels, pod.Annotations, m.Config)
}
