package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"istio-drain.dev/conformance/mesh"

	"google.golang.org/protobuf/encoding/protojson"
	v1 "k8s.io/api/core/v1"
)

// unplanned is what differs between two injected pods that no change of the plan names. Both are compared as an API
// server would store them, so that a default counts as much as the same value in words.
func unplanned(m *mesh.Mesh, server *apiServer, before, after *v1.Pod, changes []string) ([]string, error) {
	var outlines []map[string]any
	for _, pod := range []*v1.Pod{before, after} {
		stored, _, err := server.admit(pod)
		if err != nil {
			return nil, err
		}
		o, err := outline(m, stored, changes)
		if err != nil {
			return nil, err
		}
		outlines = append(outlines, o)
	}
	if reflect.DeepEqual(outlines[0], outlines[1]) {
		return nil, nil
	}
	return []string{"something else has changed: " + difference(outlines[0], outlines[1])}, nil
}

// settings are the fields of ProxyConfig and its proxyMetadata, by the change that names them.
var settings = map[string]string{
	"terminationDrainDuration":        "terminationDrainDuration",
	"drainDuration":                   "drainDuration",
	"parentShutdownDuration":          "parentShutdownDuration",
	"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": "exit on idle",
	"MINIMUM_DRAIN_DURATION":          "exit on idle",
}

// outline is a pod without what the changes name, with the ProxyConfig in force instead of its text.
func outline(m *mesh.Mesh, pod *v1.Pod, changes []string) (map[string]any, error) {
	planned := func(words string) bool {
		return slices.ContainsFunc(changes, func(c string) bool {
			return c == words || strings.HasPrefix(c, words+" ") ||
				strings.HasPrefix(c, "no "+words)
		})
	}
	pod = pod.DeepCopy()
	config, err := protojson.Marshal(m.Effective(pod))
	if err != nil {
		return nil, err
	}
	inForce, err := without(config, planned)
	if err != nil {
		return nil, err
	}
	// The second is the injector's copy of an override. What comes of it is compared below.
	for _, key := range []string{"proxy.istio.io/config", "proxy.istio.io/overrides"} {
		delete(pod.Annotations, key)
	}
	if planned("pinned as native sidecar") || planned("pinned as classic sidecar") || planned("pinned sidecar mode") {
		delete(pod.Annotations, "sidecar.istio.io/nativeSidecar")
	}
	if planned("terminationGracePeriodSeconds") {
		pod.Spec.TerminationGracePeriodSeconds = nil
	}
	isRemoved := planned("istio-proxy container")
	for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			c := &list[i]
			isHooked := slices.ContainsFunc(changes, func(change string) bool {
				return strings.Contains(change, "preStop hook") && strings.HasSuffix(change, " on "+c.Name)
			})
			if l := c.Lifecycle; l != nil && (isHooked || c.Name == "istio-proxy" && isRemoved) {
				if l.PreStop = nil; l.PostStart == nil {
					c.Lifecycle = nil
				}
			}
			// The containers of Istio that run before the proxy get its proxyMetadata, too.
			isBefore := c.Name == "istio-init" || c.Name == "istio-validation"
			if c.Name != "istio-proxy" && !isBefore {
				continue
			}
			if !isBefore && (isRemoved || planned("resources of istio-proxy")) {
				c.Resources = v1.ResourceRequirements{}
			}
			if c.Env, err = environment(c.Env, planned); err != nil {
				return nil, err
			}
		}
	}
	text, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	var o map[string]any
	err = json.Unmarshal(text, &o)
	o["proxyConfig"] = inForce
	return o, err
}

// environment leaves out of the proxy's variables what the planned settings come to.
func environment(all []v1.EnvVar, planned func(string) bool) (rest []v1.EnvVar, err error) {
	for _, e := range all {
		switch change, is := settings[e.Name]; {
		case is && (planned(change) || planned(e.Name)):
			continue
		case e.Name == "PROXY_CONFIG":
			config, err := without([]byte(e.Value), planned)
			if err != nil {
				return nil, err
			}
			e.Value = fmt.Sprint(config) // sorted by key
		case e.Name == "ISTIO_META_ANNOTATIONS":
			notes := map[string]string{}
			if err := json.Unmarshal([]byte(e.Value), &notes); err != nil {
				return nil, err
			}
			delete(notes, "proxy.istio.io/config")
			if len(notes) == 0 {
				continue
			}
			e.Value = fmt.Sprint(notes)
		}
		rest = append(rest, e)
	}
	return rest, nil
}

// without is a ProxyConfig without the planned settings.
func without(config []byte, planned func(string) bool) (map[string]any, error) {
	var all map[string]any
	if err := json.Unmarshal(config, &all); err != nil {
		return nil, err
	}
	metadata, _ := all["proxyMetadata"].(map[string]any)
	for setting, change := range settings {
		if planned(change) || planned(setting) {
			delete(all, setting)
			delete(metadata, setting)
		}
	}
	if len(metadata) == 0 {
		delete(all, "proxyMetadata")
	}
	return all, nil
}

// difference is the first place where two trees differ.
func difference(a, b any) string {
	switch x := a.(type) {
	case map[string]any:
		y, is := b.(map[string]any)
		if !is {
			break
		}
		for key := range x {
			if !reflect.DeepEqual(x[key], y[key]) {
				return key + "." + difference(x[key], y[key])
			}
		}
		for key := range y {
			if _, there := x[key]; !there {
				return key + " is new"
			}
		}
	case []any:
		y, is := b.([]any)
		if !is || len(x) != len(y) {
			break
		}
		for i := range x {
			if !reflect.DeepEqual(x[i], y[i]) {
				return fmt.Sprintf("%d.%s", i, difference(x[i], y[i]))
			}
		}
	}
	return fmt.Sprintf("%.200v, then %.200v", a, b)
}
