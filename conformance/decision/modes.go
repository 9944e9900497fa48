package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"istio-drain.dev/conformance/manifests"
	"istio-drain.dev/conformance/mesh"

	v1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// modes compares which sidecars are native, by istiod's flag and the pod's annotation.
func modes(tool, release string) (tally, error) {
	words := []string{absent, "true", "false", "True", "TRUE", "False", "t", "1", "0", "yes", "no", "on", "native", " true", ""}
	total := 0
	var found []string
	for _, flag := range []bool{false, true} {
		m, err := mesh.Install(fmt.Sprintf("pilot: {env: {ENABLE_NATIVE_SIDECARS: '%t'}}", flag), flag)
		if err != nil {
			return tally{}, err
		}
		for _, word := range words {
			c := combination{namespace: "shop", pod: labels{"sidecar.istio.io/inject": "true"}, annotations: labels{}}
			set(c.annotations, "sidecar.istio.io/nativeSidecar", word)
			text, err := yaml.Marshal(c.workload("web"))
			if err != nil {
				return tally{}, err
			}
			all, err := manifests.Read(text)
			if err != nil {
				return tally{}, err
			}
			pod, err := m.Inject(all[0].Pod())
			if err != nil || pod == nil {
				return tally{}, fmt.Errorf("nativeSidecar %q: not injected: %w", word, err)
			}
			theirs := "classic"
			if slices.ContainsFunc(pod.Spec.InitContainers, func(c v1.Container) bool { return c.Name == "istio-proxy" }) {
				theirs = "native"
			}
			stream := append([]byte(strings.Join(m.Objects, "\n---\n")+"\n---\n"), text...)
			_, report, err := manifests.Drain(tool, stream, "--target-istio", release, "--target-kubernetes", "1.29")
			if err != nil {
				return tally{}, err
			}
			for _, e := range report.Entries() {
				if e.Name != "web" {
					continue
				}
				if total++; e.Sidecar.Mode != theirs {
					found = append(found, fmt.Sprintf("ENABLE_NATIVE_SIDECARS %t and nativeSidecar %s: istio-drain says %s, Istio %s", flag,
						strconv.Quote(word), e.Sidecar.Mode, theirs))
				}
			}
		}
	}
	row := fmt.Sprintf("| native or classic, by flag and annotation | %s | %d | | | | %d |", release, total, len(found))
	return tally{row, total, found}, nil
}
