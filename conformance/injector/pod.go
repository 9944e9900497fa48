package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"istio-drain.dev/conformance/manifests"
	"istio-drain.dev/conformance/mesh"

	v1 "k8s.io/api/core/v1"
)

// pod tries one pod: before and after, injected and not.
func (t *trial) pod(what string, policy []string, before, after *v1.Pod, plan *manifests.Entry) {
	if !t.admitted(what+" as written", policy, before, after) {
		return
	}
	// The API server fills in its defaults before it asks the injector, and they count as the user's.
	newest := t.servers[len(t.servers)-1]
	before, _, err := newest.admit(before)
	if err != nil {
		t.wrong(what, policy, "%v", err)
		return
	}
	if after, _, err = newest.admit(after); err != nil {
		t.wrong(what, policy, "%v", err)
		return
	}
	for _, m := range t.meshes {
		mode := "classic"
		if m.Native {
			mode = "native"
		}
		if wanted := value(policy, "--sidecar"); wanted != "" && wanted != mode {
			continue
		}
		was, errBefore := m.Inject(before)
		is, err := m.Inject(after)
		switch {
		case errBefore != nil:
			t.passed["pods that Istio's injector denies even without istio-drain"]++
			continue
		case err != nil:
			t.wrong(what, policy, "%s: the injector denies it: %v", mode, err)
			continue
		case was == nil && plan.Injection.Verdict == "injected", is == nil && was != nil:
			t.wrong(what, policy, "%s: not injected", mode)
			continue
		case is == nil:
			t.passed["pods that are not injected, which was not visible to istio-drain"]++
			continue
		}
		if wasBad := bad(was); wasBad != "" {
			t.passed["pods that get "+wasBad+" even without istio-drain"]++
			continue
		}
		if value(policy, "--sidecar") != "" && isNative(was) != isNative(is) {
			t.passed["pods whose own annotation says another mode than the policy, which pins it"]++
			continue
		}
		t.pairs++
		t.edited[strings.TrimSpace("istio-drain "+strings.Join(policy, " "))]++
		for _, wrong := range compare(m, was, is, plan) {
			t.wrong(what, policy, "%s: %s", mode, wrong)
		}
		t.admitted(what+" injected, "+mode, policy, was, is)
	}
}

func isNative(pod *v1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.InitContainers, func(c v1.Container) bool { return c.Name == "istio-proxy" })
}

// removal is the change that takes out an override of the tool's own.
const removal = "no istio-proxy container"

// value is what a policy says about a flag.
func value(policy []string, flag string) string {
	if i := slices.Index(policy, flag); i >= 0 {
		return policy[i+1]
	}
	return ""
}

// admitted asks all API servers, and tells whether the newest accepts both pods.
func (t *trial) admitted(what string, policy []string, before, after *v1.Pod) bool {
	good := false
	for _, s := range t.servers {
		_, old, err := s.admit(before)
		if err != nil {
			t.wrong(what, policy, "%v", err)
			return false
		}
		stored, now, err := s.admit(after)
		good = false
		switch {
		case err != nil:
			t.wrong(what, policy, "%v", err)
			return false
		case len(old) > 0:
			s.rejected++
			for _, why := range old {
				t.reasons[shape(why)]++
			}
		case s.tooOld(after) && value(policy, "--target-kubernetes") != "1.29":
			s.unknown++
		case len(now) > 0:
			t.admission = append(t.admission, fmt.Sprintf("%s: %s (%s): %v", s.release, what, policy, now))
		case hooks(stored) != hooks(after):
			t.admission = append(t.admission, fmt.Sprintf("%s: %s (%s): a hook is dropped", s.release, what, policy))
		default:
			s.accepted++
			good = true
		}
	}
	return good
}

// tooOld tells whether a pod has the sleep action and the release doesn't: it is rejected there, and the line at the end
// of a run says so where the target is not known. A policy may also be about a newer release.
func (a *apiServer) tooOld(pod *v1.Pod) bool {
	return strings.HasPrefix(a.release, "v1.29.") && slices.ContainsFunc(all(pod), func(c v1.Container) bool {
		return c.Lifecycle != nil && c.Lifecycle.PreStop != nil && c.Lifecycle.PreStop.Sleep != nil
	})
}

func hooks(pod *v1.Pod) int {
	n := 0
	for _, c := range all(pod) {
		if c.Lifecycle != nil && c.Lifecycle.PreStop != nil {
			n++
		}
	}
	return n
}

func all(pod *v1.Pod) []v1.Container {
	return slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers)
}

// compare holds two injected pods against each other, and the second against the plan.
func compare(m *mesh.Mesh, before, after *v1.Pod, plan *manifests.Entry) (wrong []string) {
	proxies := proxies(after)
	if len(proxies) != 1 {
		return []string{fmt.Sprintf("%d containers istio-proxy", len(proxies))}
	}
	proxy := proxies[0]
	in := m.Effective(after)
	for _, change := range plan.Changes {
		key, value, _ := strings.Cut(change, " ")
		var got string
		switch key {
		case "terminationDrainDuration":
			got = whole(in.GetTerminationDrainDuration().AsDuration())
		case "drainDuration":
			got = whole(in.GetDrainDuration().AsDuration())
		case "terminationGracePeriodSeconds":
			if after.Spec.TerminationGracePeriodSeconds != nil {
				got = fmt.Sprint(*after.Spec.TerminationGracePeriodSeconds)
			}
		default:
			hook, is := strings.CutSuffix(change, "` on istio-proxy")
			if is && strings.HasPrefix(hook, "preStop hook `") {
				value = strings.TrimPrefix(hook, "preStop hook `")
				if l := proxy.Lifecycle; l != nil && l.PreStop != nil && l.PreStop.Exec != nil {
					got = strings.Join(l.PreStop.Exec.Command, " ")
				}
				value, got = bare(value), bare(got)
			} else {
				continue
			}
		}
		if got != value {
			wrong = append(wrong, fmt.Sprintf("%s is %q in the injected pod", change, got))
		}
	}
	if bad := bad(after); bad != "" {
		wrong = append(wrong, "it makes "+bad+" of it")
	}
	ours := slices.Contains(plan.Changes, removal)
	if a, b := outline(before, ours), outline(after, ours); !reflect.DeepEqual(a, b) {
		wrong = append(wrong, "something else has changed: "+difference(a, b))
	}
	return wrong
}

func proxies(pod *v1.Pod) []v1.Container {
	return slices.DeleteFunc(all(pod), func(c v1.Container) bool { return c.Name != "istio-proxy" })
}

// bad says what no API server accepts of a pod that was injected.
func bad(pod *v1.Pod) string {
	if n := len(proxies(pod)); n != 1 {
		return fmt.Sprintf("%d containers istio-proxy", n)
	}
	for _, c := range all(pod) {
		if l := c.Lifecycle; l != nil && l.PreStop != nil && handlers(l.PreStop) != 1 {
			return fmt.Sprintf("%d handlers of one hook", handlers(l.PreStop))
		}
	}
	return ""
}

// shape is an error without the names in it.
func shape(err string) string {
	parts := strings.Split(err, ": ")
	return parts[len(parts)-1]
}

// bare leaves out quotes and blanks, which reports and commands use differently.
func bare(command string) string {
	return strings.NewReplacer("'", "", `"`, "", " ", "", "\n", "").Replace(command)
}

func whole(d time.Duration) string { return fmt.Sprintf("%ds", int(d.Seconds())) }

func handlers(h *v1.LifecycleHandler) int {
	n := 0
	for _, set := range []bool{h.Exec != nil, h.HTTPGet != nil, h.TCPSocket != nil, h.Sleep != nil} {
		if set {
			n++
		}
	}
	return n
}

// outline is a pod without what the tool may change, as the README says: the grace period, preStop hooks, the annotation
// and what repeats it, and the pull policy of istio-proxy. Its resources may go where they are part of an override of
// the tool's own, which a native sidecar needs no more.
func outline(pod *v1.Pod, ours bool) map[string]any {
	pod = pod.DeepCopy()
	for _, key := range []string{"proxy.istio.io/config", "proxy.istio.io/overrides", "sidecar.istio.io/nativeSidecar"} {
		delete(pod.Annotations, key)
	}
	pod.Spec.TerminationGracePeriodSeconds = nil
	for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			c := &list[i]
			if c.Lifecycle != nil {
				c.Lifecycle.PreStop = nil
				if c.Lifecycle.PostStart == nil {
					c.Lifecycle = nil
				}
			}
			if !strings.HasPrefix(c.Name, "istio-") {
				continue
			}
			if c.Name == "istio-proxy" && ours {
				c.Resources = v1.ResourceRequirements{}
			}
			c.ImagePullPolicy, c.TerminationMessagePath, c.TerminationMessagePolicy = "", "", ""
			c.Env = slices.DeleteFunc(c.Env, func(e v1.EnvVar) bool {
				return slices.Contains([]string{"PROXY_CONFIG", "ISTIO_META_ANNOTATIONS", "EXIT_ON_ZERO_ACTIVE_CONNECTIONS",
					"MINIMUM_DRAIN_DURATION"}, e.Name)
			})
			if len(c.Env) == 0 {
				c.Env = nil
			}
		}
	}
	text, err := json.Marshal(pod)
	if err != nil {
		return nil
	}
	var o map[string]any
	if err := json.Unmarshal(text, &o); err != nil {
		return nil
	}
	return o
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
