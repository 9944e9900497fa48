package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"time"

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
				Grace *int `json:"terminationGracePeriodSeconds"`
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

// The fields of a ProxyConfig that decide how the agent goes.
type proxyConfig struct {
	Drain    string            `json:"terminationDrainDuration"`
	Metadata map[string]string `json:"proxyMetadata"`
}

// manifest is the scenario's Deployment.
func (s *scenario) manifest() ([]byte, error) {
	pod, known := pods[s.pod]
	if !known {
		return nil, fmt.Errorf("%s: no pod %q", s.name, s.pod)
	}
	container := object{"name": "app", "image": "app", "ports": list{object{"containerPort": 8080}}}
	if pod.hook != nil {
		container["lifecycle"] = object{"preStop": pod.hook}
	}
	spec := object{"containers": list{container}}
	if pod.grace != 0 {
		spec["terminationGracePeriodSeconds"] = pod.grace
	}
	labels := object{"app": "web"}
	return yaml.Marshal(object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": "web"},
		"spec": object{
			"selector": object{"matchLabels": labels},
			"template": object{"metadata": object{"labels": labels}, "spec": spec},
		},
	})
}

// apply runs istio-drain over a manifest.
func apply(tool string, flags []string, text []byte) (out []byte, last string, err error) {
	cmd := exec.Command(tool, flags...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, "", fmt.Errorf("istio-drain %s: %w: %s", strings.Join(flags, " "), err, stderr.String())
	}
	return stdout.Bytes(), strings.TrimSpace(stderr.String()), nil
}

// The hook of Istio's own template on native sidecars (manifests/charts/istio-control/istio-
// discovery/files/injection-template.yaml); the injector part holds that it is there, and that ours takes its
// place.
var istiosHook = hook{Exec: []string{"pilot-agent", "request", "--debug-port=15020", "POST", "drain"}}

// read fills in the plan with what a manifest says.
func (s *scenario) read(text []byte, p *plan) (settings, error) {
	var d deployment
	if err := yaml.Unmarshal(text, &d); err != nil {
		return settings{}, err
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
	set := settings{drain: 5}
	for _, c := range template.Spec.Containers {
		h := c.Lifecycle.PreStop
		switch {
		case h == nil:
		case c.Name == "istio-proxy":
			p.ProxyHook = &hook{Exec: h.Exec.Command}
		case h.HTTPGet != nil:
			// Istio's injector sends the kubelet to the agent, which asks the app (pkg/kube/inject/app_probe.go).
			probers, err := json.Marshal(object{"/app-lifecycle/app/prestopz": object{"httpGet": h.HTTPGet}})
			if err != nil {
				return set, err
			}
			p.Env = append(p.Env, "ISTIO_KUBE_APP_PROBERS="+string(probers))
			p.AppHook = &hook{URL: "http://" + podAddress + ":15020/app-lifecycle/app/prestopz"}
			set.hook = seconds(strings.TrimPrefix(h.HTTPGet.Path, "/takes/"))
		case h.Sleep != nil:
			p.AppHook = &hook{Sleep: h.Sleep.Seconds}
			set.hook = float64(h.Sleep.Seconds)
		default:
			p.AppHook = &hook{Exec: h.Exec.Command}
			set.hook = seconds(h.Exec.Command[1] + "s")
		}
	}
	set.atLeast = set.hook + s.appShutdown()
	for _, text := range []string{p.Mesh, p.Annotation} {
		var c proxyConfig
		if err := yaml.Unmarshal([]byte(text), &c); err != nil {
			return set, err
		}
		if c.Drain != "" {
			set.drain = seconds(c.Drain)
		}
		for key, value := range c.Metadata {
			p.Env = append(p.Env, key+"="+value)
			if key == "MINIMUM_DRAIN_DURATION" {
				set.minimum = seconds(value)
			}
		}
	}
	return set, nil
}

// appShutdown is A of the scenario's policy.
func (s *scenario) appShutdown() float64 {
	for i, flag := range s.flags {
		if flag == "--app-shutdown" {
			return seconds(s.flags[i+1])
		}
	}
	return 5
}

func seconds(duration string) float64 {
	d, err := time.ParseDuration(duration)
	if err != nil {
		panic(err)
	}
	return d.Seconds()
}
