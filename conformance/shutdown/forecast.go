package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A forecast is the timeline that `istio-drain explain --format json` shows of a pod; docs/timelines.md has the fields.
type forecast struct {
	Lanes []struct {
		Role, Name string
		Phases     []struct {
			State string
			To    moment
		}
		Events []struct {
			At   moment
			Code string
		}
	}
	Losses []loss
}

// A moment is a range where it hangs on what nobody can know.
type moment struct{ Earliest, Latest float64 }

// Timelines and the pods' clocks may differ by that many seconds: the kubelet, the agent and the hook that waits all
// count in whole seconds.
const tolerance = 1.0

func (m moment) includes(at float64) bool {
	return at >= m.Earliest-tolerance && at <= m.Latest+tolerance
}

func (m moment) String() string {
	if m.Latest-m.Earliest < 0.1 {
		return fmt.Sprintf("%.1f", m.Latest)
	}
	return fmt.Sprintf("%.1f to %.1f", m.Earliest, m.Latest)
}

// A loss is a class of requests that the timeline calls lost.
type loss struct {
	Class, Kind string
	Certain     bool
	From, To    moment
}

// predict asks istio-drain what becomes of the pods of a manifest, which is taken as it is.
func (s *scenario) predict(tool string, text []byte, p *plan) (forecast, error) {
	mode, release := "classic", "1.31"
	if p.Native {
		mode = "native"
	}
	if p.version() >= "1.40" {
		release = "1.32" // the first with that Envoy
	}
	flags := []string{"explain", "--format", "json", "--no-config", "--sidecar", mode, "--target-istio", release,
		"--endpoint-delay", p.Te.String(), "--longest-request", p.Slow.String(), "--app-time", p.Takes.String(),
		"--app-end", p.End, "--streams=" + strconv.FormatBool(p.Streams)}
	if p.NoShell {
		flags = append(flags, "--proxy-image", "distroless")
	}
	out, _, err := run(exec.Command(tool, append(flags, s.facts...)...), text)
	if err != nil {
		return forecast{}, err
	}
	var all struct {
		Workloads []struct{ Timelines []forecast }
	}
	if err := json.Unmarshal(out, &all); err != nil {
		return forecast{}, err
	}
	if len(all.Workloads) != 1 || len(all.Workloads[0].Timelines) != 1 {
		return forecast{}, fmt.Errorf("not one timeline: %s", out)
	}
	return all.Workloads[0].Timelines[0], nil
}

const listenersClose = "inbound listenersClose"

// events are those that can be measured: who, and what by the codes of timelines.
func (f *forecast) events() map[string]moment {
	all := map[string]moment{}
	for _, lane := range f.Lanes {
		who := lane.Role
		switch who {
		case "app":
			who = lane.Name
		case "kubelet", "proxy", "inbound":
		default:
			continue
		}
		hook := ""
		for _, e := range lane.Events {
			switch e.Code {
			case "hookStarts", "hookFails":
				hook = e.Code
			}
			switch e.Code {
			case "sigterm", "gone", "podGone", "hookFails", "listenersClose":
				all[who+" "+e.Code] = e.At
			case "sigkill":
				all[who+" sigkill"], all[who+" gone"] = e.At, e.At
			}
		}
		if hook == "hookStarts" {
			all[who+" hookEnds"] = moment{}
			for _, phase := range lane.Phases {
				if phase.State == "hook" {
					all[who+" hookEnds"] = phase.To
				}
			}
		}
	}
	return all
}

// Envoy keeps the client's side of a connection that it closes for that long, in seconds: the default of
// `delayed_close_timeout` in its HttpConnectionManager.
const delayedClose = 1.0

// explains tells whether a request that failed is of those that the loss is about.
func (l *loss) explains(r *request, began, ended float64) bool {
	within := moment{l.From.Earliest, l.To.Latest}.includes
	// Clients in the mesh try a refused request again, and get a 503 if that fails, too.
	isAnswered := (cause(r.Err) == "503") == (l.Kind == "503") || l.Kind == "refused" && isMesh(r)
	switch l.Class {
	case "newInbound":
		return slices.Contains(inbound, r.Class) && within(began) && isAnswered
	case "inFlight":
		return slices.Contains(and(inbound, long), r.Class) && within(ended)
	case "streams":
		return slices.Contains(long, r.Class) && (within(ended) || within(ended-delayedClose))
	case "outbound":
		return slices.Contains(calls, r.Class) && within(ended)
	}
	return false
}

func isMesh(r *request) bool { return strings.HasPrefix(r.Class, "mesh") }

// A request that was cut after that time was under way. One that is refused, three times by a client in the mesh, has
// failed before: Envoy's pause before a retry is 25 ms, then 75 ms at most (`retry_back_off`).
const underWay = 300 * time.Millisecond

// shows tells whether a request that the loss explains is one of its own class, and not of another at the same moment.
func (l *loss) shows(r *request, took time.Duration) bool {
	switch l.Class {
	case "inFlight":
		return strings.Contains(r.Class, "slow") && took > underWay
	case "newInbound":
		return !isMesh(r)
	case "streams":
		return r.Class == "WebSocket"
	}
	return true
}
