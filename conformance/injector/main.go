// Command injector lets Istio's own injector loose on manifests before and after istio-drain, and holds what comes out
// against what the tool planned. API servers of several releases judge all four pods.
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"istio-drain.dev/conformance/manifests"
	"istio-drain.dev/conformance/mesh"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	tool := flag.String("tool", "istio-drain", "")
	servers := flag.String("apiservers", "", "RELEASE=PATH, separated by commas")
	pages := flag.String("pages", "", "folder for injector.md and apiserver.md")
	short := flag.Bool("short", false, "only three policies and every tenth manifest of the folders behind the first")
	few := flag.Bool("few", false, "only every twentieth of the generated pods, and one policy")
	istio := flag.String("istio", "", "the release of Istio that this command is built with")
	flag.Parse()
	t, err := newTrial(*tool, *istio, *servers)
	if err != nil {
		return err
	}
	chosen := policies
	if *short {
		chosen = policies[:3]
	}
	if *few {
		chosen = policies[:1]
	}
	for n, text := range generated() {
		if !*few || n%20 == 0 {
			t.every("generated pods", "generated", text, chosen)
		}
	}
	for n, folder := range flag.Args() {
		name, path, _ := strings.Cut(folder, "=")
		seen := 0
		err := filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(file)) {
				return err
			}
			if seen++; *short && n > 0 && seen%10 != 0 {
				return nil
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			t.every(name, file, text, chosen)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return t.tell(*pages)
}

// policies are those of the README, as flags.
var policies = [][]string{
	{},
	{"--target-kubernetes", "1.29"},
	{"--sidecar", "native"},
	{"--sidecar", "classic", "--pre-stop", "sigterm"},
	{"--sidecar", "classic", "--pre-stop", "sleep"},
	{"--pre-stop", "none"},
	{"--pre-stop", "wait"},
	{"--drain", "40s"},
	{"--exact", "--drain", "12s"},
	{"--exit-on-idle"},
	{"--app-pre-stop", "10s", "--target-kubernetes", "1.29"},
	{"--sidecar", "native", "--pin-sidecar", "--target-istio", "1.30", "--target-kubernetes", "1.33"},
	{"--kinds", "Deployment,StatefulSet,DaemonSet,Job,CronJob,ReplicaSet,Pod"},
}

// A trial counts what was tried, and collects what is not as planned.
type trial struct {
	istio     string // its release
	tool      string
	meshes    []*mesh.Mesh            // classic and native, as the manifests of the file say
	installed map[string][]*mesh.Mesh // by the values of the chart
	servers   []*apiServer
	files     map[string]int // by source
	edited    map[string]int // by policy: workloads that were edited and injected
	pairs     int            // of injected pods
	passed    map[string]int // why a file or pod proves nothing
	reasons   map[string]int // why API servers reject pods as they were
	injection []string       // what is wrong
	admission []string
}

func newTrial(tool, istio, servers string) (*trial, error) {
	t := &trial{tool: tool, istio: istio, files: map[string]int{}, edited: map[string]int{}, passed: map[string]int{},
		reasons: map[string]int{}, installed: map[string][]*mesh.Mesh{}}
	var err error
	t.servers, err = startServers(servers)
	return t, err
}

// pullPolicy is how the values of an injector among manifests say that images are pulled.
var pullPolicy = regexp.MustCompile(`(?s)name: istio-sidecar-injector.*?"imagePullPolicy": "(\w+)"`)

// install installs the mesh of a file.
func (t *trial) install(text []byte) (err error) {
	// The charts of releases have a tag. Without one, images would be pulled each time.
	values := "global: {tag: release}"
	if found := pullPolicy.FindSubmatch(text); found != nil {
		values = fmt.Sprintf("global: {tag: release, imagePullPolicy: %s}", found[1])
	}
	meshes := t.installed[values]
	for _, native := range []bool{false, true} {
		if len(meshes) == 2 {
			break
		}
		m, err := mesh.Install(values, native)
		if err != nil {
			return err
		}
		meshes = append(meshes, m)
	}
	t.meshes, t.installed[values] = meshes, meshes
	return nil
}

// every tries a text under all policies.
func (t *trial) every(source, file string, text []byte, policies [][]string) {
	before, err := manifests.Read(text)
	if err != nil {
		t.passed["files that don't hold Kubernetes objects"]++
		return
	}
	if len(before) == 0 {
		return
	}
	if err := t.install(text); err != nil {
		t.wrong(file, nil, "%v", err)
		return
	}
	t.files[source]++
	for _, policy := range policies {
		out, report, err := manifests.Drain(t.tool, text, policy...)
		if err != nil {
			t.passed["runs that istio-drain refuses"]++
			continue
		}
		after, err := manifests.Read(out)
		if err != nil || len(after) != len(before) {
			t.wrong(file, policy, "what comes out can't be read: %v", err)
			continue
		}
		planned := map[string]*manifests.Entry{}
		for _, e := range report.Entries() {
			key := e.Kind + "/" + e.Namespace + "/" + e.Name
			if _, twice := planned[key]; twice {
				t.passed["objects with the same name in the same file"]++
				planned[key] = nil
				continue
			}
			planned[key] = &e
		}
		for i := range before {
			w := &after[i]
			plan := planned[w.Kind+"/"+w.Namespace+"/"+w.Name]
			if plan == nil || len(plan.Changes) == 0 {
				continue
			}
			what := fmt.Sprintf("%s: %s %s", file, w.Kind, w.Name)
			t.pod(what, policy, before[i].Pod(), w.Pod(), plan)
		}
	}
}

func (t *trial) wrong(what string, policy []string, form string, args ...any) {
	line := fmt.Sprintf("%s (%s): %s", what, strings.Join(policy, " "), fmt.Sprintf(form, args...))
	t.injection = append(t.injection, line)
}

// tell writes the pages, and fails where something is wrong.
func (t *trial) tell(folder string) error {
	var b strings.Builder
	summary := fmt.Sprintf("%d pairs of injected pods, %d not as planned", t.pairs, len(t.injection))
	fmt.Fprintf(&b, "%s.\n\nBy Istio %s:\n\n", summary, t.istio)
	fmt.Fprintf(&b, "| manifests | files with workloads |\n|---|---|\n")
	for _, source := range slices.Sorted(maps.Keys(t.files)) {
		fmt.Fprintf(&b, "| %s | %d |\n", source, t.files[source])
	}
	fmt.Fprintf(&b, "\n| policy | workloads edited and injected, classic and native |\n|---|---|\n")
	for _, policy := range slices.Sorted(maps.Keys(t.edited)) {
		fmt.Fprintf(&b, "| `%s` | %d |\n", policy, t.edited[policy])
	}
	b.WriteString("\nThese prove nothing:\n\n")
	for _, why := range slices.Sorted(maps.Keys(t.passed)) {
		fmt.Fprintf(&b, "- %d %s\n", t.passed[why], why)
	}
	list(&b, t.injection)
	if err := os.WriteFile(filepath.Join(folder, "injector.md"), []byte(b.String()), 0o644); err != nil {
		return err
	}
	b.Reset()
	judged := 0
	for _, s := range t.servers {
		judged += s.accepted
	}
	fmt.Fprintf(&b, "%d pods accepted before and after, %d newly rejected.\n\n", judged, len(t.admission))
	fmt.Fprintf(&b, "| Kubernetes | pods accepted before and after | rejected even without istio-drain | sleep action, target unknown or newer | newly rejected |\n")
	fmt.Fprintf(&b, "|---|---|---|---|---|\n")
	for _, s := range t.servers {
		bad := 0
		for _, line := range t.admission {
			if strings.HasPrefix(line, s.release) {
				bad++
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d |\n", s.release, s.accepted, s.rejected, s.unknown, bad)
	}
	list(&b, t.admission)
	b.WriteString("\nReasons for which pods are rejected even without istio-drain:")
	for i, why := range slices.SortedFunc(maps.Keys(t.reasons), func(a, b string) int { return t.reasons[b] - t.reasons[a] }) {
		if i < 5 {
			fmt.Fprintf(&b, "%s %s (%d)", strings.Repeat(";", min(i, 1)), why, t.reasons[why])
		}
	}
	b.WriteString(".\n")
	if err := os.WriteFile(filepath.Join(folder, "apiserver.md"), []byte(b.String()), 0o644); err != nil {
		return err
	}
	fmt.Printf("%s, %d newly rejected\n", summary, len(t.admission))
	for _, line := range slices.Concat(t.injection, t.admission)[:min(10, len(t.injection)+len(t.admission))] {
		fmt.Println(line)
	}
	if t.pairs == 0 {
		return fmt.Errorf("no pod was injected: nothing is proven")
	}
	if len(t.injection)+len(t.admission) > 0 {
		return fmt.Errorf("see %s", folder)
	}
	return nil
}

// list writes findings, as many as one reads.
func list(b *strings.Builder, findings []string) {
	for i, line := range findings {
		if i == 0 {
			b.WriteString("\n")
		}
		if i == 40 {
			fmt.Fprintf(b, "- and %d more\n", len(findings)-i)
			return
		}
		fmt.Fprintf(b, "- %s\n", strings.ReplaceAll(strings.ReplaceAll(line, "\n", " "), "|", "\\|"))
	}
}
