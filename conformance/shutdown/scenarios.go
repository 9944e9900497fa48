package main

import "time"

// A scenario is a pod, what is done to its manifest, and what its deletion must cost.
type scenario struct {
	name  string
	pod   string // of pods
	flags []string
	facts []string // flags that the timeline needs, too
	bare  bool     // the manifest as it is, without istio-drain
	node  plan     // what differs from the usual
	envoy string
	agent string
	why   string // what is lost nevertheless, or late
	short bool   // in the short form
}

// A shape is what matters of a pod, in YAML.
type shape struct {
	hook   string // the app's preStop handler
	proxy  string // that of an istio-proxy in the manifest
	config string // the annotation proxy.istio.io/config
	more   string // of the spec

	worker     bool   // a second app
	workerHook string // its preStop handler
}

var pods = map[string]shape{
	"no hook":            {},
	"no hook, grace 60":  {more: "terminationGracePeriodSeconds: 60"},
	"sleep 5":            {hook: sleep("5")},
	"sleep 15":           {hook: sleep("15")},
	"sleep 15, grace 60": {hook: sleep("15"), more: "terminationGracePeriodSeconds: 60"},
	"sleep 40":           {hook: sleep("40")},
	"sleep 60":           {hook: sleep("60")},
	"httpGet 10s":        {hook: "httpGet: {path: /takes/10s, port: 8080}"},

	// Hooks that are over too soon, or not at all.
	"httpGet 10s, grace 8":     {hook: "httpGet: {path: /takes/10s, port: 8080}", more: "terminationGracePeriodSeconds: 8"},
	"hook in one word":         {hook: "exec: {command: [sleep 20]}"},
	"hook never ends":          {hook: "exec: {command: [tail, -f, /dev/null]}", more: "terminationGracePeriodSeconds: 12"},
	"sleep 40, grace 12":       {hook: sleep("40"), more: "terminationGracePeriodSeconds: 12"},
	"proxy's hook in one word": {hook: sleep("5"), proxy: "exec: {command: [sleep 20]}"},
	"proxy's hook never ends": {hook: sleep("5"), proxy: "exec: {command: [tail, -f, /dev/null]}",
		more: "terminationGracePeriodSeconds: 12"},
	"proxy sleeps 8":      {hook: sleep("5"), proxy: sleep("8")},
	"proxy quits after 8": {hook: sleep("15"), proxy: "exec: {command: [sh, -c, 'sleep 8; kill -TERM 1']}"},
	"sleep 40, drainDuration 45s": {hook: sleep("40"), config: "{terminationDrainDuration: 45s, drainDuration: 45s}",
		more: "terminationGracePeriodSeconds: 47"},
	"sleep 60, drainDuration 65s": {hook: sleep("60"), config: "{terminationDrainDuration: 65s, drainDuration: 65s}",
		more: "terminationGracePeriodSeconds: 67"},

	// What people write.
	"no hook, grace 3":       {more: "terminationGracePeriodSeconds: 3"},
	"sleep 15, grace 16":     {hook: sleep("15"), more: "terminationGracePeriodSeconds: 16"},
	"proxy quits Envoy":      {hook: sleep("5"), proxy: "exec: {command: [pilot-agent, request, POST, quitquitquit]}"},
	"proxy closes listeners": {hook: sleep("5"), proxy: "exec: {command: [pilot-agent, request, POST, drain_listeners]}"},
	"proxy drains outbound":  {hook: sleep("5"), proxy: "exec: {command: [pilot-agent, request, POST, 'drain_listeners?graceful']}"},
	"proxy tells the agent":  {hook: sleep("15"), proxy: "exec: {command: [pilot-agent, request, --debug-port=15020, POST, drain]}"},
	"SIGTERM, drainDuration 4s": {hook: sleep("15"), proxy: "exec: {command: [kill, -SIGTERM, '1']}",
		config: "{terminationDrainDuration: 20s, drainDuration: 4s}"},
	"sleep 15, exits on idle": {hook: sleep("15"), config: "{proxyMetadata: {EXIT_ON_ZERO_ACTIVE_CONNECTIONS: 'true'}}"},

	// Who else is in the pod.
	"uid 1337":                           {more: "securityContext: {runAsUser: 1337}"},
	"two apps":                           {worker: true},
	"two apps, hooks 5 and 12":           {hook: sleep("5"), worker: true, workerHook: sleep("12")},
	"two apps, hooks 0 and 20, grace 40": {worker: true, workerHook: sleep("20"), more: "terminationGracePeriodSeconds: 40"},
	"two apps, hooks 3 and 40, grace 9":  {hook: sleep("3"), worker: true, workerHook: sleep("40"), more: "terminationGracePeriodSeconds: 9"},
	"sidecar":                            {more: "initContainers: [{name: logger, image: logger, restartPolicy: Always, ports: [{containerPort: 9100}]}]"},
}

func sleep(seconds string) string { return "exec: {command: [sleep, '" + seconds + "']}" }

const second = time.Second

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
func late(te time.Duration) plan { return plan{Te: te, Slow: second} }

func on(p plan) plan { p.Native = true; return p }

var scenarios = []scenario{
	// What a mesh does by itself: the harness must see it.
	{name: "classic", pod: "no hook", bare: true, short: true,
		why: "the app closes its port at once, the proxy goes after five seconds"},
	{name: "classic", pod: "sleep 15", bare: true,
		why: "the proxy goes after five seconds"},
	{name: "native", pod: "no hook", bare: true, node: native, why: "the app closes its port at once"},
	{name: "native", pod: "sleep 15", bare: true, node: native},

	// The default.
	{name: "classic", pod: "no hook", short: true},
	{name: "native", pod: "no hook", node: native, short: true},
	{name: "native", pod: "no hook", flags: declared, node: native},
	{name: "classic, endpoint for 5 s", pod: "no hook", node: late(5 * second)},
	{name: "native, endpoint for 5 s", pod: "no hook", node: on(late(5 * second))},
	{name: "classic, app quits at SIGTERM", pod: "no hook", node: plan{End: "exits", Slow: 2 * second},
		why: "the app cuts its own streams"},
	{name: "classic, app takes 5 s after SIGTERM", pod: "no hook", node: plan{Takes: 5 * second, Slow: second}},
	{name: "classic, app takes 19 s after SIGTERM", pod: "sleep 5", node: plan{Takes: 19 * second}},
	{name: "classic, app takes 20 s after SIGTERM", pod: "sleep 15", flags: []string{"--app-shutdown", "20s"},
		node: plan{Takes: 20 * second}},
	{name: "classic", pod: "sleep 15"},
	{name: "native", pod: "sleep 15", node: native},
	{name: "native", pod: "sleep 15", flags: declared, node: native},
	{name: "classic", pod: "httpGet 10s", facts: []string{"--pre-stop-estimate", "10s"}},
	{name: "classic", pod: "sleep 40"},
	{name: "classic", pod: "sleep 60"},
	{name: "native", pod: "sleep 60", flags: declared, node: native},
	{name: "classic, app takes 28 s after SIGTERM", pod: "sleep 15, grace 60", node: plan{Takes: 28 * second}},

	// Other hooks.
	{name: "classic", pod: "sleep 15", flags: sigterm},
	{name: "classic, mesh's drainDuration 6s, endpoint for 10 s", pod: "sleep 15",
		flags: sigterm, facts: []string{"--mesh-drain-duration", "6s"}, node: plan{Mesh: "drainDuration: 6s", Te: 10 * second}},
	{name: "classic", pod: "sleep 15", flags: []string{"--pre-stop", "sleep", "--sidecar", "classic"}},
	{name: "classic", pod: "sleep 15", flags: none},
	{name: "native", pod: "no hook", flags: none, node: native},
	{name: "classic", pod: "sleep 60", flags: none},
	{name: "classic, clients leave", pod: "sleep 15", flags: []string{"--exit-on-idle", "--sidecar", "classic"}, node: plan{Idle: true}},
	{name: "native", pod: "sleep 15", flags: []string{"--exit-on-idle", "--sidecar", "native"}, node: native},
	{name: "classic, the guides' 40/40/40", pod: "sleep 40",
		flags: []string{"--drain", "40s", "--app-shutdown", "0s", "--margin", "0s", "--pre-stop", "sigterm"},
		why:   "the proxy goes at the app's SIGTERM, and Envoy 1.40 cuts WebSockets; both are warned of"},

	// The hook that waits.
	{name: "classic", pod: "no hook", flags: wait, short: true},
	{name: "native", pod: "no hook", flags: wait, node: native},
	{name: "classic", pod: "sleep 15", flags: wait},
	{name: "native", pod: "sleep 15", flags: wait, node: native},
	{name: "classic, app takes 15 s after SIGTERM", pod: "sleep 5", flags: wait, node: plan{Takes: 15 * second}},
	{name: "native, app takes 15 s after SIGTERM", pod: "sleep 5", flags: wait, node: plan{Native: true, Takes: 15 * second}},
	{name: "classic, app takes 40 s after SIGTERM", pod: "no hook, grace 60", flags: wait, node: plan{Takes: 40 * second}},
	{name: "classic, no shell", pod: "sleep 15", flags: wait, node: plan{NoShell: true},
		why: "the hook fails, and the drain duration stands in"},

	{name: "native, app takes 28 s after SIGTERM", pod: "no hook, grace 60", flags: wait, node: plan{Native: true, Takes: 28 * second}},
	{name: "classic, 5000 connections", pod: "no hook", flags: wait, node: plan{Connections: 5000}},
	{name: "classic, port-forward", pod: "no hook", flags: wait, node: plan{Forward: true}},
	{name: "native, port-forward", pod: "no hook", flags: wait, node: plan{Native: true, Forward: true}},
	{name: "native", pod: "sidecar", flags: wait, node: native},
	{name: "classic", pod: "sidecar", flags: wait},

	// Hooks that fail, never end, or end the proxy.
	{name: "classic", pod: "hook in one word", bare: true},
	{name: "classic", pod: "hook never ends", bare: true},
	{name: "native", pod: "hook never ends", bare: true, node: native},
	{name: "classic", pod: "sleep 40, grace 12", bare: true},
	{name: "classic, app serves for 10 s", pod: "sleep 5", node: plan{End: "serves", Takes: 10 * second}},
	{name: "classic", pod: "proxy's hook in one word", bare: true},
	{name: "native", pod: "proxy's hook in one word", bare: true, node: native},
	{name: "classic", pod: "proxy's hook never ends", bare: true},
	{name: "native", pod: "proxy's hook never ends", bare: true, node: native},
	{name: "classic", pod: "proxy sleeps 8", bare: true},
	{name: "classic", pod: "proxy quits after 8", bare: true},
	{name: "native", pod: "proxy quits after 8", bare: true, node: native},
	{name: "native", pod: "httpGet 10s", bare: true, node: native, facts: []string{"--pre-stop-estimate", "10s"}},
	{name: "classic", pod: "httpGet 10s", bare: true, facts: []string{"--pre-stop-estimate", "10s"}},

	{name: "classic", pod: "no hook, grace 3", bare: true},
	{name: "native", pod: "no hook, grace 3", bare: true, node: plan{Native: true, Takes: 8 * second}},
	{name: "classic", pod: "sleep 15, grace 16", bare: true, node: plan{Takes: 8 * second}},
	{name: "native", pod: "sleep 15, grace 16", bare: true, node: plan{Native: true, Takes: 8 * second}},
	{name: "classic", pod: "proxy quits Envoy", bare: true},
	{name: "native", pod: "proxy quits Envoy", bare: true, node: native},
	{name: "classic, endpoint for 4 s", pod: "proxy closes listeners", bare: true, node: plan{Te: 4 * second, Slow: 2 * second}},
	{name: "native, endpoint for 4 s", pod: "proxy closes listeners", bare: true, node: plan{Native: true, Te: 4 * second, Slow: 2 * second}},
	{name: "native", pod: "proxy drains outbound", bare: true, node: native},
	{name: "classic", pod: "proxy tells the agent", bare: true},
	{name: "native, app serves for 6 s", pod: "no hook", bare: true, node: plan{Native: true, End: "serves", Takes: 6 * second}},
	{name: "classic, endpoint for 10 s", pod: "SIGTERM, drainDuration 4s", bare: true, node: late(10 * second)},
	{name: "classic, app quits at SIGTERM, endpoint for 6 s", pod: "sleep 5", bare: true, node: plan{End: "exits", Te: 6 * second}},
	{name: "native, app quits at SIGTERM, endpoint for 6 s", pod: "sleep 5", bare: true,
		node: plan{Native: true, End: "exits", Te: 6 * second}},
	{name: "classic", pod: "sleep 15, exits on idle", bare: true},
	{name: "classic, clients leave", pod: "sleep 15, exits on idle", bare: true, node: plan{Idle: true}},
	{name: "native", pod: "sleep 15, exits on idle", bare: true, node: native},
	{name: "classic, app takes 20 s after SIGTERM", pod: "sleep 15", node: plan{Takes: 20 * second},
		why: "the app takes longer than --app-shutdown says, and longer than its grace period"},
	{name: "classic, endpoint for 9 s", pod: "no hook", node: late(9 * second), why: "endpoints are there for longer than 5 s"},
	{name: "native, endpoint for 9 s", pod: "no hook", flags: declared, node: on(late(9 * second)),
		why: "endpoints are there for longer than 5 s"},

	// The last third of drainDuration.
	{name: "classic", pod: "sleep 40, drainDuration 45s", bare: true},
	{name: "classic", pod: "sleep 60, drainDuration 65s", bare: true},
	{name: "classic", pod: "sleep 40, drainDuration 45s", bare: true, envoy: "1.39.3"},

	// What else there may be.
	{name: "native", pod: "sleep 15", flags: []string{"--exit-on-idle"}, node: native},
	{name: "native, app takes 28 s after SIGTERM", pod: "sleep 15, grace 60", node: plan{Native: true, Takes: 28 * second}},
	{name: "classic", pod: "uid 1337", node: plan{AppUser: proxyUser}},
	{name: "native", pod: "sidecar", node: native},
	{name: "classic", pod: "sidecar"},
	{name: "classic", pod: "two apps, hooks 5 and 12"},
	{name: "native", pod: "two apps, hooks 5 and 12", node: native},
	{name: "classic", pod: "two apps, hooks 5 and 12", flags: wait},
	{name: "native", pod: "two apps, hooks 0 and 20, grace 40", flags: wait, node: native},
	{name: "classic", pod: "two apps", bare: true, node: plan{Slow: second}}, // the second one gets no requests
	{name: "native", pod: "two apps, hooks 3 and 40, grace 9", bare: true, node: native},
	{name: "classic, logs in JSON", pod: "no hook", node: plan{LogsJSON: true}},

	// Other Envoys, other agents.
	{name: "classic", pod: "sleep 15", envoy: "1.36.2"},
	{name: "classic", pod: "sleep 15", envoy: "1.37.0"},
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
	for _, flag := range and(s.flags, s.facts) {
		run += " " + flag
	}
	return run
}
