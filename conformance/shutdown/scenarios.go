package main

import "time"

// A scenario is a pod, what is done to its manifest, and what its deletion must cost.
type scenario struct {
	name  string
	pod   string // of pods
	flags []string
	bare  bool // the manifest as it is, without istio-drain
	node  plan // what differs from the usual
	envoy string
	agent string
	loses []string // the classes of requests that are lost; every other one must lose none
	may   []string // and those that may be, since two things end at the same moment
	why   string   // for the page, where something is lost or late
	short bool     // in the short form
}

// pods are the apps' containers: their preStop hooks, and the grace period where one is set.
var pods = map[string]struct {
	hook  object
	grace int
}{
	"no hook":            {nil, 0},
	"no hook, grace 60":  {nil, 60},
	"sleep 5":            {sleeps("5"), 0},
	"sleep 15":           {sleeps("15"), 0},
	"sleep 15, grace 60": {sleeps("15"), 60},
	"sleep 40":           {sleeps("40"), 0},
	"sleep 60":           {sleeps("60"), 0},
	"httpGet 10s":        {object{"httpGet": object{"path": "/takes/10s", "port": 8080}}, 0},
}

func sleeps(seconds string) object { return object{"exec": object{"command": list{"sleep", seconds}}} }

const second = time.Second

// usual is what is true of a pod unless the scenario says otherwise.
var usual = plan{AppUser: appUser, End: "finish", Te: 2 * second, Slow: 4 * second, Streams: true}

var (
	inbound  = []string{"new", "keep-alive", "HTTP/2", "slow", "mesh", "mesh slow"}
	long     = []string{"WebSocket", "stream"}
	calls    = []string{"outbound", "last call"}
	native   = plan{Native: true}
	declared = []string{"--sidecar", "native"}
	wait     = []string{"--pre-stop", "wait"}
	sigterm  = []string{"--pre-stop", "sigterm", "--sidecar", "classic"}
	none     = []string{"--pre-stop", "none"}
)

func and[T any](lists ...[]T) (all []T) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// late is a pod that stays an endpoint for that long, with requests that are soon over.
func late(te time.Duration) plan { return plan{Te: te, Slow: 300 * time.Millisecond} }

func on(p plan) plan { p.Native = true; return p }

var scenarios = []scenario{
	// What a mesh does by itself: the harness must see it.
	{name: "classic", pod: "no hook", bare: true, short: true, loses: inbound,
		why: "the app closes its port at once, the proxy goes after five seconds"},
	{name: "classic", pod: "sleep 15", bare: true, loses: and([]string{"slow", "mesh slow"}, long, calls),
		why: "the proxy goes after five seconds"},
	{name: "native", pod: "no hook", bare: true, node: native, loses: inbound, why: "the app closes its port at once"},
	{name: "native", pod: "sleep 15", bare: true, node: native},

	// The default.
	{name: "classic", pod: "no hook", short: true},
	{name: "native", pod: "no hook", node: native, short: true},
	{name: "native", pod: "no hook", flags: declared, node: native},
	{name: "classic, endpoint for 5 s", pod: "no hook", node: late(5 * second)},
	{name: "native, endpoint for 5 s", pod: "no hook", node: on(late(5 * second))},
	{name: "classic, app quits at SIGTERM", pod: "no hook", node: plan{End: "quit", Slow: 2 * second}, loses: long,
		why: "the app cuts its own streams"},
	{name: "classic, app takes 5 s after SIGTERM", pod: "no hook", node: plan{After: 4200 * time.Millisecond, Slow: second}},
	{name: "classic, app takes 19 s after SIGTERM", pod: "sleep 5", node: plan{After: 18500 * time.Millisecond}},
	{name: "classic, app takes 20 s after SIGTERM", pod: "sleep 15", flags: []string{"--app-shutdown", "20s"},
		node: plan{After: 19200 * time.Millisecond}},
	{name: "classic", pod: "sleep 15"},
	{name: "native", pod: "sleep 15", node: native},
	{name: "native", pod: "sleep 15", flags: declared, node: native},
	{name: "classic", pod: "httpGet 10s", flags: []string{"--pre-stop-estimate", "10s"}},
	{name: "classic", pod: "sleep 40"},
	{name: "classic", pod: "sleep 60"},
	{name: "native", pod: "sleep 60", flags: declared, node: native},
	{name: "classic, app takes 28 s after SIGTERM", pod: "sleep 15, grace 60", node: plan{After: 28 * second}},

	// Other hooks.
	{name: "classic", pod: "sleep 15", flags: sigterm},
	{name: "classic, mesh's drainDuration 6s, endpoint for 10 s", pod: "sleep 15",
		flags: and(sigterm, []string{"--mesh-drain-duration", "6s"}), node: plan{Mesh: "drainDuration: 6s", Te: 10 * second}},
	{name: "classic", pod: "sleep 15", flags: []string{"--pre-stop", "sleep", "--sidecar", "classic"}},
	{name: "classic", pod: "sleep 15", flags: none},
	{name: "native", pod: "no hook", flags: none, node: native},
	{name: "classic", pod: "sleep 60", flags: none},
	{name: "classic, clients leave", pod: "sleep 15", flags: []string{"--exit-on-idle", "--sidecar", "classic"}, node: plan{Idle: true}},
	{name: "native", pod: "sleep 15", flags: []string{"--exit-on-idle", "--sidecar", "native"}, node: native},
	{name: "classic, the guides' 40/40/40", pod: "sleep 40", loses: and(calls, long[:1]), may: long[1:],
		flags: []string{"--drain", "40s", "--app-shutdown", "0s", "--margin", "0s", "--pre-stop", "sigterm"},
		why:   "the proxy goes at the app's SIGTERM, and Envoy 1.40 cuts WebSockets; both are warned of"},

	// The hook that waits.
	{name: "classic", pod: "no hook", flags: wait, short: true},
	{name: "native", pod: "no hook", flags: wait, node: native},
	{name: "classic", pod: "sleep 15", flags: wait},
	{name: "native", pod: "sleep 15", flags: wait, node: native},
	{name: "classic, app takes 15 s after SIGTERM", pod: "sleep 5", flags: wait, node: plan{After: 15 * second}},
	{name: "native, app takes 15 s after SIGTERM", pod: "sleep 5", flags: wait, node: plan{Native: true, After: 15 * second}},
	{name: "classic, app takes 40 s after SIGTERM", pod: "no hook, grace 60", flags: wait, node: plan{After: 40 * second}},
	{name: "classic, no shell", pod: "sleep 15", flags: wait, node: plan{NoShell: true},
		why: "the hook fails, and the drain duration stands in"},

	// Other Envoys, other agents.
	{name: "classic", pod: "sleep 15", envoy: "1.36.2"},
	{name: "classic", pod: "sleep 15", envoy: "1.38.3"},
	{name: "classic", pod: "sleep 15", envoy: "1.39.3"},
	{name: "native", pod: "no hook", node: native, envoy: "1.36.2"},
	{name: "classic", pod: "no hook", flags: wait, envoy: "1.36.2"},
	{name: "classic", pod: "no hook", agent: "old"},
	{name: "native", pod: "no hook", node: native, agent: "old"},
	{name: "classic", pod: "sleep 15", flags: wait, agent: "old"},
}

// title tells scenarios apart.
func (s *scenario) title() string {
	title := s.name + ", " + s.pod
	for _, more := range []string{s.run(), s.envoy, s.agent} {
		if more != "" {
			title += ", " + more
		}
	}
	return title
}

// run is what was done to the manifest.
func (s *scenario) run() string {
	if s.bare {
		return "nothing"
	}
	run := "istio-drain"
	for _, flag := range s.flags {
		run += " " + flag
	}
	return run
}
