package main

import "fmt"

// generated is Deployments with all that may meet an override: hooks of every kind, grace periods, annotations, and an
// istio-proxy that is there already and says something of its own.
func generated() (texts [][]byte) {
	hooks := []string{"", "{exec: {command: [sleep, '20']}}", "{sleep: {seconds: 7}}", "{httpGet: {path: /stop, port: 8080}}",
		"{exec: {command: [sh, -c, './stop']}}"}
	graces := []string{"", "terminationGracePeriodSeconds: 60"}
	annotations := []string{"", "proxy.istio.io/config: '{\"terminationDrainDuration\": \"33s\"}'",
		"proxy.istio.io/config: \"concurrency: 2\\nproxyMetadata:\\n  A: b\\n\"",
		"{sidecar.istio.io/proxyCPU: 200m, sidecar.istio.io/logLevel: debug}"}
	proxies := []string{"", "{name: istio-proxy, image: auto, env: [{name: A, value: b}], ports: [{containerPort: 9999}]}",
		"{name: istio-proxy, image: auto, resources: {limits: {cpu: '1'}}, readinessProbe: {httpGet: {path: /r, port: 15021}}}",
		"{name: istio-proxy, image: auto, lifecycle: {postStart: {exec: {command: [pilot-agent, wait]}}}}",
		"{name: istio-proxy, image: auto, securityContext: {readOnlyRootFilesystem: true}, volumeMounts: [{name: v, mountPath: /v}]}"}
	n := 0
	for _, hook := range hooks {
		for _, grace := range graces {
			for _, annotation := range annotations {
				for _, proxy := range proxies {
					n++
					texts = append(texts, []byte(deployment(n, hook, grace, annotation, proxy)))
				}
			}
		}
	}
	return texts
}

func deployment(n int, hook, grace, annotation, proxy string) string {
	const form = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web-%d}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
%s    spec:
      volumes: [{name: v, emptyDir: {}}]
%s      containers:
      - name: app
        image: app:1
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /ready, port: 8080}}
%s%s`
	line := func(text, indent, key string) string {
		if text == "" {
			return ""
		}
		return indent + key + text + "\n"
	}
	notes := ""
	switch {
	case annotation == "":
	case annotation[0] == '{':
		notes = "      annotations: " + annotation + "\n"
	default:
		notes = "      annotations:\n        " + annotation + "\n"
	}
	return fmt.Sprintf(form, n, notes, line(grace, "      ", ""), line(closing(hook), "        ", "lifecycle: {preStop: "),
		line(proxy, "      - ", ""))
}

// closing ends the mapping that a hook stands in.
func closing(hook string) string {
	if hook == "" {
		return ""
	}
	return hook + "}"
}
