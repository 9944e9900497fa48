// Package manifests reads workloads out of streams, and runs istio-drain over them.
package manifests

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	sigs "sigs.k8s.io/yaml"
)

// A Workload is an object that makes pods.
type Workload struct {
	Kind, Name, Namespace string
	Template              v1.PodTemplateSpec
}

// Pod is a pod of the workload, as its controller would create it.
func (w *Workload) Pod() *v1.Pod {
	pod := &v1.Pod{ObjectMeta: *w.Template.ObjectMeta.DeepCopy(), Spec: *w.Template.Spec.DeepCopy()}
	pod.Namespace = w.Namespace
	if pod.Namespace == "" {
		pod.Namespace = "default"
	}
	pod.Name = "pod"
	return pod
}

// Read finds the workloads of a stream, of its Lists and ResourceLists, in order.
func Read(text []byte) ([]Workload, error) {
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	var all []Workload
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		var object map[string]any
		if err := sigs.Unmarshal(document, &object); err != nil {
			return nil, err
		}
		if err := collect(object, &all); err != nil {
			return nil, err
		}
	}
}

func collect(object map[string]any, all *[]Workload) error {
	if items, is := object["items"].([]any); is {
		for _, item := range items {
			if inner, is := item.(map[string]any); is {
				if err := collect(inner, all); err != nil {
					return err
				}
			}
		}
		return nil
	}
	template := object
	if object["kind"] != "Pod" {
		for _, way := range [][]string{{"spec", "template"}, {"spec", "jobTemplate", "spec", "template"}} {
			if found := at(object, way); found != nil {
				template = found
			}
		}
		if containers, is := at(template, []string{"spec"})["containers"].([]any); !is || len(containers) == 0 ||
			at(template, []string{"spec", "template"}) != nil {
			return nil
		}
	}
	text, err := json.Marshal(map[string]any{"metadata": template["metadata"], "spec": template["spec"]})
	if err != nil {
		return err
	}
	w := Workload{Kind: fmt.Sprint(object["kind"])}
	meta := at(object, []string{"metadata"})
	w.Name, _ = meta["name"].(string)
	w.Namespace, _ = meta["namespace"].(string)
	if err := json.Unmarshal(text, &w.Template); err != nil {
		return err
	}
	*all = append(*all, w)
	return nil
}

func at(object map[string]any, way []string) map[string]any {
	for _, key := range way {
		object, _ = object[key].(map[string]any)
	}
	return object
}

// A Report is what `--report` writes, as far as it is needed here.
type Report struct {
	Inputs []struct {
		Workloads []Entry `json:"workloads"`
	} `json:"inputs"`
}

// An Entry is what became of a workload.
type Entry struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Outcome   string `json:"outcome"`
	Injection struct {
		Verdict string `json:"verdict"`
		Reasons []struct {
			Code string `json:"code"`
		} `json:"reasons"`
	} `json:"injection"`
	Sidecar struct {
		Mode string `json:"mode"`
	} `json:"sidecar"`
	InForce []struct {
		Setting string `json:"setting"`
		Value   string `json:"value"`
	} `json:"inForce"`
	Changes []string `json:"changes"`
}

// Entries are all of a report.
func (r *Report) Entries() (all []Entry) {
	for _, input := range r.Inputs {
		all = append(all, input.Workloads...)
	}
	return all
}

// Drain runs istio-drain over a text, with a report.
func Drain(tool string, text []byte, args ...string) ([]byte, *Report, error) {
	file, err := os.CreateTemp("", "report")
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	cmd := exec.Command(tool, append(args, "--report", file.Name())...)
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &out, &said
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("%w: %s", err, said.String())
	}
	var report Report
	written, err := os.ReadFile(file.Name()) // not what was opened: the tool puts a new file there
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(written, &report); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), &report, nil
}
