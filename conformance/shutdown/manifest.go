package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"

	"sigs.k8s.io/yaml"
)

// The parts of a Deployment that decide how its pods go.
type deployment struct {
	Spec struct {
		Template struct {
			Metadata struct {
				Annotations map[string]string `json:"annotations"`
			} `json:"metadata"`
			Spec struct {
				Containers []struct {
					Name      string `json:"name"`
					Lifecycle struct {
						PreStop *handler `json:"preStop"`
					} `json:"lifecycle"`
				} `json:"containers"`
				Sidecars []struct{} `json:"initContainers"`
				Grace    *int       `json:"terminationGracePeriodSeconds"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

type handler struct {
	Exec *struct {
		Command []string `json:"command"`
	} `json:"exec"`
	Sleep *struct {
		Seconds int `json:"seconds"`
	} `json:"sleep"`
	HTTPGet *struct {
		Path string `json:"path"`
		Port int    `json:"port"`
	} `json:"httpGet"`
}

// plain is a handler that runs in the container or the kubelet.
func (h *handler) plain() *hook {
	if h.Sleep != nil {
		return &hook{Sleep: h.Sleep.Seconds}
	}
	return &hook{Exec: h.Exec.Command}
}

// manifest is the scenario's Deployment.
func (s *scenario) manifest() ([]byte, error) {
	pod, known := pods[s.pod]
	if !known {
		return nil, fmt.Errorf("%s: no pod %q", s.name, s.pod)
	}
	containers := list{object{"name": "app", "image": "app", "ports": list{object{"containerPort": 8080}}}}
	if pod.proxy != "" {
		containers = append(containers, object{"name": "istio-proxy", "image": "auto"})
	}
	for i, hook := range []string{pod.hook, pod.proxy} {
		if hook != "" {
			containers[i].(object)["lifecycle"] = object{"preStop": parsed(hook)}
		}
	}
	if pod.worker {
		hook := parsed(pod.workerHook)
		worker := object{"name": "worker", "image": "app", "ports": list{object{"containerPort": 8081}}}
		if len(hook) > 0 {
			worker["lifecycle"] = object{"preStop": hook}
		}
		containers = append(containers, worker)
	}
	spec := parsed(pod.more)
	spec["containers"] = containers
	metadata := object{"labels": object{"app": "web"}}
	if pod.config != "" {
		metadata["annotations"] = object{"proxy.istio.io/config": pod.config}
	}
	return yaml.Marshal(object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": "web"},
		"spec": object{
			"selector": object{"matchLabels": metadata["labels"]},
			"template": object{"metadata": metadata, "spec": spec},
		},
	})
}

func parsed(text string) object {
	o := object{}
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		panic(err)
	}
	return o
}

// run gives a command a text, and returns what it writes and the last thing that it says.
func run(cmd *exec.Cmd, text []byte) (out []byte, last string, err error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, "", fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return stdout.Bytes(), strings.TrimSpace(stderr.String()), nil
}

// The hook of Istio's own template on native sidecars (manifests/charts/istio-control/istio-
// discovery/files/injection-template.yaml); the injector part holds that it is there, and that ours takes its
// place.
var istiosHook = hook{Exec: []string{"pilot-agent", "request", "--debug-port=15020", "POST", "drain"}}

// read fills in the plan with what a manifest says.
func (p *plan) read(text []byte) error {
	var d deployment
	if err := yaml.Unmarshal(text, &d); err != nil {
		return err
	}
	template := d.Spec.Template
	p.Annotation = template.Metadata.Annotations["proxy.istio.io/config"]
	p.Grace = 30
	if template.Spec.Grace != nil {
		p.Grace = *template.Spec.Grace
	}
	if p.Native {
		p.ProxyHook = &istiosHook
	}
	p.Sidecar = len(template.Spec.Sidecars) > 0
	for _, c := range template.Spec.Containers {
		h := c.Lifecycle.PreStop
		p.Worker = p.Worker || c.Name == "worker"
		switch {
		case h == nil:
		case c.Name == "istio-proxy":
			p.ProxyHook = &hook{Exec: h.Exec.Command}
		case h.HTTPGet != nil:
			// Istio's injector sends the kubelet to the agent, which asks the app (pkg/kube/inject/app_probe.go).
			probers, err := json.Marshal(object{"/app-lifecycle/app/prestopz": object{"httpGet": h.HTTPGet}})
			if err != nil {
				return err
			}
			p.Env = append(p.Env, "ISTIO_KUBE_APP_PROBERS="+string(probers))
			p.AppHook = &hook{URL: "http://" + podAddress + ":15020/app-lifecycle/app/prestopz"}
		case c.Name == "worker":
			p.WorkerHook = h.plain()
		default:
			p.AppHook = h.plain()
		}
	}
	for _, text := range []string{p.Mesh, p.Annotation} {
		var c struct {
			Metadata map[string]string `json:"proxyMetadata"`
		}
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
			return err
		}
		for key, value := range c.Metadata {
			p.Env = append(p.Env, key+"="+value)
		}
	}
	return nil
}
