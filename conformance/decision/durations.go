package main

import (
	"fmt"
	"strings"
	"time"

	"istio-drain.dev/conformance/manifests"
	"istio-drain.dev/conformance/mesh"

	"sigs.k8s.io/yaml"
)

// durations holds the drain durations that are in force by Istio against those by istio-drain.
func durations(tool string) (tally, error) {
	defaults := []string{"{}", "{terminationDrainDuration: 20s}", "{drainDuration: 70s}",
		"{terminationDrainDuration: 90s, drainDuration: 6s}", "{terminationDrainDuration: 1m30s}"}
	annotations := []string{"", "terminationDrainDuration: 33s", "{\"terminationDrainDuration\": \"1m\"}",
		"termination_drain_duration: 12s", "drainDuration: 77s\nterminationDrainDuration: 4s", "concurrency: 2",
		"terminationDrainDuration: 0s", "terminationDrainDuration: 7500ms", "proxyMetadata: {A: b}", "drain_duration: 50s",
		"terminationDrainDurations: 40s"}
	total := 0
	var found []string
	for _, set := range defaults {
		m, err := mesh.Install("meshConfig: {defaultConfig: "+set+"}", false)
		if err != nil {
			return tally{}, err
		}
		for _, annotation := range annotations {
			c := combination{namespace: "shop", pod: labels{"sidecar.istio.io/inject": "true"}, annotations: labels{}}
			if annotation != "" {
				c.annotations["proxy.istio.io/config"] = annotation
			}
			text, err := yaml.Marshal(c.workload("web"))
			if err != nil {
				return tally{}, err
			}
			all, err := manifests.Read(text)
			if err != nil {
				return tally{}, err
			}
			effective := m.Effective(all[0].Pod())
			stream := append([]byte(strings.Join(m.Objects, "\n---\n")+"\n---\n"), text...)
			_, report, err := manifests.Drain(tool, stream)
			if err != nil {
				return tally{}, err
			}
			theirs := map[string]time.Duration{
				"terminationDrainDuration": effective.GetTerminationDrainDuration().AsDuration(),
				"drainDuration":            effective.GetDrainDuration().AsDuration(),
			}
			for _, e := range report.Entries() {
				for _, s := range e.InForce {
					want, known := theirs[s.Setting]
					if e.Name != "web" || !known {
						continue
					}
					total++
					// istio-drain counts in whole seconds, rounded up.
					want = (want + time.Second - 1).Truncate(time.Second)
					if got, err := time.ParseDuration(s.Value); err != nil || got != want {
						found = append(found, fmt.Sprintf("%s of mesh `%s` and annotation `%s`: %s, Istio %s", s.Setting, set,
							strings.ReplaceAll(annotation, "\n", "; "), s.Value, want))
					}
				}
			}
		}
	}
	row := fmt.Sprintf("| durations in force, by mesh and annotation | not told | %d | | | | %d |", total, len(found))
	return tally{row, total, found}, nil
}
