package main

import (
	"fmt"
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
		wrong := compare(m, is, plan)
		t.admitted(what+" injected, "+mode, policy, was, is)
		if len(wrong) == 0 {
			wrong, err = unplanned(m, newest, was, is, plan.Changes)
		}
		if err != nil {
			t.wrong(what, policy, "%s: %v", mode, err)
		}
		for _, wrong := range wrong {
			t.wrong(what, policy, "%s: %s", mode, wrong)
		}
	}
}

func isNative(pod *v1.Pod) bool {
	return slices.ContainsFunc(pod.Spec.InitContainers, func(c v1.Container) bool { return c.Name == "istio-proxy" })
}

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

// compare holds an injected pod against the plan.
func compare(m *mesh.Mesh, after *v1.Pod, plan *manifests.Entry) (wrong []string) {
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
			} else if rest, is := strings.CutPrefix(change, "preStop hook "); is {
				planned, name, _ := strings.Cut(rest, " on ")
				value, got = planned, slept(after, name)
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
	return wrong
}

// slept is the preStop hook of a container in the words of a plan, if it only sleeps.
func slept(pod *v1.Pod, name string) string {
	for _, c := range pod.Spec.Containers {
		if c.Name != name || c.Lifecycle == nil || c.Lifecycle.PreStop == nil {
			continue
		}
		switch hook := c.Lifecycle.PreStop; {
		case hook.Sleep != nil:
			return fmt.Sprint("sleep ", hook.Sleep.Seconds)
		case hook.Exec != nil:
			return strings.Join(hook.Exec.Command, " ")
		}
	}
	return ""
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
