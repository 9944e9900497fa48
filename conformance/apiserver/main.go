// Command apiserver does with a Pod what the API server of its release does before it is stored: defaults, fields of
// features that are off, validation. One JSON object a line comes in and goes out, until the input ends.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/api/core/v1"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1 "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"
)

// An answer is the pod as it would be stored, or why it would not be.
type answer struct {
	Pod    *v1.Pod  `json:"pod"`
	Errors []string `json:"errors,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if err := out.Encode(admit(line)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func admit(text []byte) answer {
	var pod v1.Pod
	if err := json.Unmarshal(text, &pod); err != nil {
		return answer{Errors: []string{err.Error()}}
	}
	corev1.SetObjectDefaults_Pod(&pod)
	if pod.Spec.ServiceAccountName == "" {
		pod.Spec.ServiceAccountName = "default" // as the admission plugin ServiceAccount does
	}
	pod.Spec.DeprecatedServiceAccount = pod.Spec.ServiceAccountName
	var internal core.Pod
	if err := corev1.Convert_v1_Pod_To_core_Pod(&pod, &internal, nil); err != nil {
		return answer{Errors: []string{err.Error()}}
	}
	podutil.DropDisabledPodFields(&internal, nil)
	options := podutil.GetValidationOptionsFromPodSpecAndMeta(&internal.Spec, nil, &internal.ObjectMeta, nil)
	var a answer
	for _, err := range validation.ValidatePodCreate(&internal, options) {
		a.Errors = append(a.Errors, err.Error())
	}
	a.Pod = &v1.Pod{}
	if err := corev1.Convert_core_Pod_To_v1_Pod(&internal, a.Pod, nil); err != nil {
		a.Errors = append(a.Errors, err.Error())
	}
	return a
}
