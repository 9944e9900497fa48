// Command decision asks Istio's webhooks and injector, and istio-drain, which pods get a sidecar, over a grid of labels,
// annotations, namespaces and settings of the mesh; and which drain durations are in force.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"istio-drain.dev/conformance/manifests"
	"istio-drain.dev/conformance/mesh"

	"sigs.k8s.io/yaml"
)

type labels = map[string]string

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	tool := flag.String("tool", "istio-drain", "")
	page := flag.String("page", "", "")
	short := flag.Bool("short", false, "only the first of the meshes")
	few := flag.Bool("few", false, "only every fortieth combination of it")
	istio := flag.String("istio", "", "the release of Istio that this command is built with")
	untold := flag.Bool("untold", true, "ask istio-drain without the release, too")
	seed := flag.Uint64("seed", 1, "of the odd words")
	flag.Parse()
	if *short || *few {
		meshes = meshes[:1]
	}
	var b strings.Builder
	b.WriteString("| mesh | `--target-istio` | combinations | injected | not injected | not known to istio-drain | different |\n")
	b.WriteString("|---|---|---|---|---|---|---|\n")
	combined, different := 0, []string{}
	add := func(t tally, err error) error {
		fmt.Fprintln(&b, t.row)
		combined += t.combinations
		different = append(different, t.differences...)
		return err
	}
	releases := []string{*istio}
	if *untold {
		releases = []string{"", *istio}
	}
	for n, settings := range meshes {
		for _, grid := range []struct {
			name string
			all  []combination
		}{{"", combinations()}, {", odd words", odd(*seed, uint64(n))}} {
			if *few {
				grid.all = fortieth(grid.all)
			}
			for _, release := range releases {
				if release != "" && *untold && grid.name == "" {
					continue // there, the release makes no difference
				}
				if err := add(compare(*tool, release, settings, grid.name, grid.all)); err != nil {
					return fmt.Errorf("%s: %w", settings, err)
				}
			}
		}
	}
	if err := add(durations(*tool)); err != nil {
		return err
	}
	if err := add(modes(*tool, *istio)); err != nil {
		return err
	}
	for i, line := range different {
		if i == 0 {
			b.WriteString("\n")
		}
		if i < 40 {
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	summary := fmt.Sprintf("%d combinations, %d differences", combined, len(different))
	if err := os.WriteFile(*page, []byte(summary+".\n\n"+b.String()), 0o644); err != nil {
		return err
	}
	fmt.Println(summary)
	if len(different) > 0 {
		return fmt.Errorf("see %s", *page)
	}
	return nil
}

// A tally is a row of the page, with what it counts.
type tally struct {
	row          string
	combinations int
	differences  []string
}

// meshes are the settings of the chart that decide.
var meshes = []string{
	"global: {}",
	"sidecarInjectorWebhook: {enableNamespacesByDefault: true}",
	"global: {proxy: {autoInject: disabled}}",
	"revision: canary",
	"{revision: canary, revisionTags: [prod, default]}",
	"revisionTags: [prod]",
	"sidecarInjectorWebhook: {neverInjectSelector: [{matchLabels: {job: 'yes'}}]}",
	"{global: {proxy: {autoInject: disabled}}, " +
		"sidecarInjectorWebhook: {alwaysInjectSelector: [{matchExpressions: [{key: job, operator: Exists}]}]}}",
	"{revision: v1-31, revisionTags: [canary]}",
	"{revision: canary, revisionTags: [default], sidecarInjectorWebhook: {enableNamespacesByDefault: true}}",
	"sidecarInjectorWebhook: {neverInjectSelector: [{matchExpressions: [{key: job, operator: In, values: ['yes', 'on']}]}], " +
		"alwaysInjectSelector: [{matchLabels: {job: 'no'}}]}",
}

const absent = "-"

// A combination is one point of the grid.
type combination struct {
	namespace   string
	labels      labels // of the namespace
	pod         labels
	annotations labels
	host        bool
}

// combinations is the grid: what the namespace says, what the pod says, and where it runs.
func combinations() (all []combination) {
	for _, name := range []string{"shop", "kube-system"} {
		for _, injection := range []string{absent, "enabled", "disabled", "yes"} {
			for _, nsRevision := range []string{absent, "default", "canary", "ghost"} {
				for _, inject := range []string{absent, "true", "false", "yes", ""} {
					for _, revision := range []string{absent, "default", "canary", "ghost"} {
						for _, annotation := range []string{absent, "true", "false", "on"} {
							for _, more := range []string{absent, "job", "host"} {
								c := combination{namespace: name, labels: labels{}, pod: labels{}, annotations: labels{}, host: more == "host"}
								set(c.labels, "istio-injection", injection)
								set(c.labels, "istio.io/rev", nsRevision)
								set(c.pod, "sidecar.istio.io/inject", inject)
								set(c.pod, "istio.io/rev", revision)
								set(c.annotations, "sidecar.istio.io/inject", annotation)
								if more == "job" {
									c.pod["job"] = "yes"
								}
								all = append(all, c)
							}
						}
					}
				}
			}
		}
	}
	return all
}

func fortieth(all []combination) (some []combination) {
	for i := 0; i < len(all); i += 40 {
		some = append(some, all[i])
	}
	return some
}

// odd is combinations of other words, in other places. They are the same in each run with the same seed.
func odd(seed, mesh uint64) (all []combination) {
	random := rand.New(rand.NewPCG(seed, mesh))
	one := func(words ...string) string { return words[random.IntN(len(words))] }
	for range 60 {
		namespace, its := one("shop", "shop", "shop", "default", "istio-system", "kube-public", "local-path-storage"), labels{}
		set(its, "istio-injection", one(absent, absent, "enabled", "enabled", "disabled", "Enabled", "true", ""))
		set(its, "istio.io/rev", one(absent, absent, "default", "canary", "prod", "Default", ""))
		set(its, "istio.io/dataplane-mode", one(absent, absent, "ambient", "none", "Ambient"))
		set(its, "istio.io/use-waypoint", one(absent, "waypoint"))
		for range 50 {
			c := combination{namespace: namespace, labels: its, pod: labels{}, annotations: labels{}, host: random.IntN(10) == 0}
			words := []string{absent, absent, "true", "true", "false", "True", "FALSE", "1", "0", "t", "y", "off", "no", "enabled"}
			set(c.pod, "sidecar.istio.io/inject", one(words...))
			set(c.annotations, "sidecar.istio.io/inject", one(append(words, " true", "")...))
			set(c.pod, "istio.io/rev", one(absent, absent, absent, "default", "canary", "prod", "ghost", ""))
			set(c.pod, "istio.io/dataplane-mode", one(absent, absent, absent, "ambient", "none"))
			set(c.pod, "istio-injection", one(absent, absent, "enabled", "disabled"))
			set(c.pod, "job", one(absent, absent, "yes", "no"))
			all = append(all, c)
		}
	}
	return all
}

func set(in labels, key, value string) {
	if value != absent {
		in[key] = value
	}
}

// workload is a Deployment of the combination.
func (c *combination) workload(name string) object {
	spec := object{"containers": []any{object{"name": "app", "image": "app"}}}
	if c.host {
		spec["hostNetwork"] = true
	}
	pod := object{"metadata": object{"labels": c.pod, "annotations": c.annotations}, "spec": spec}
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": object{"name": name, "namespace": c.namespace}, "spec": object{"template": pod},
	}
}

type object = map[string]any

// compare asks both about all combinations. Those of one namespace's labels are one run, since a name has one set of
// them. If istio-drain knows the release, it must give a verdict.
func compare(tool, release, settings, name string, all []combination) (tally, error) {
	m, err := mesh.Install(settings, false)
	if err != nil {
		return tally{}, err
	}
	groups := map[string][]combination{}
	total := 0
	for _, c := range all {
		key := fmt.Sprint(c.namespace, c.labels)
		groups[key] = append(groups[key], c)
		total++
	}
	counts := map[string]int{}
	reasons := map[string]int{}
	first := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		group := groups[key]
		ns := object{"apiVersion": "v1", "kind": "Namespace", "metadata": object{"name": group[0].namespace, "labels": group[0].labels}}
		text := []byte(strings.Join(m.Objects, "\n---\n") + "\n---\n")
		objects := []object{ns}
		for i := range group {
			objects = append(objects, group[i].workload(fmt.Sprint("web-", i)))
		}
		for _, o := range objects {
			part, err := yaml.Marshal(o)
			if err != nil {
				return tally{}, err
			}
			text = append(append(text, part...), "---\n"...)
		}
		flags := []string{"--unknown-injection", "skip"}
		if release != "" {
			flags = append(flags, "--target-istio", release)
		}
		_, report, err := manifests.Drain(tool, text, flags...)
		if err != nil {
			return tally{}, err
		}
		verdicts := map[string]manifests.Entry{}
		for _, e := range report.Entries() {
			verdicts[e.Name] = e
		}
		for i := range group {
			c := &group[i]
			theirs, err := injected(m, c)
			if err != nil {
				return tally{}, err
			}
			counts[theirs]++
			ours := verdicts[fmt.Sprint("web-", i)].Injection
			switch {
			case ours.Verdict == theirs:
			case ours.Verdict == "unknown" && release == "":
				counts["unknown"]++
			default:
				what := fmt.Sprintf("%s: istio-drain says %s, Istio %s", settings, ours.Verdict, theirs)
				if len(ours.Reasons) > 0 {
					what += " (" + ours.Reasons[0].Code + ")"
				}
				if reasons[what]++; first[what] == "" {
					first[what] = fmt.Sprintf("%s %v, pod %v %v, host %t", c.namespace, c.labels, c.pod, c.annotations, c.host)
				}
			}
		}
	}
	var found []string
	wrong := 0
	for _, what := range slices.Sorted(maps.Keys(reasons)) {
		wrong += reasons[what]
		found = append(found, fmt.Sprintf("%d times `%s`, first: %s", reasons[what], what, first[what]))
	}
	row := fmt.Sprintf("| `%s`%s | %s | %d | %d | %d | %d | %d |", settings, name, cmp.Or(release, "not told"), total,
		counts["injected"], counts["notInjected"], counts["unknown"], wrong)
	return tally{row, total, found}, nil
}

// injected is what the API server and Istio make of it.
func injected(m *mesh.Mesh, c *combination) (string, error) {
	ns := maps.Clone(c.labels)
	ns["kubernetes.io/metadata.name"] = c.namespace
	called, err := m.Selects(ns, c.pod)
	if err != nil || !called {
		return "notInjected", err
	}
	text, err := yaml.Marshal(c.workload("web"))
	if err != nil {
		return "", err
	}
	all, err := manifests.Read(text)
	if err != nil {
		return "", err
	}
	pod, err := m.Inject(all[0].Pod())
	if err != nil {
		return "", err
	}
	if pod == nil {
		return "notInjected", nil
	}
	return "injected", nil
}
