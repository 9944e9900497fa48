package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// judge holds what happened against what was predicted.
func (v *verdict) judge() error {
	if err := v.requests(); err != nil {
		return err
	}
	v.events()
	// The agent's own commands, and four looks at the sockets.
	if v.plan.Connections > 0 && v.result.CPU > 1 {
		v.miss("the proxy's hook took %.1f s of CPU", v.result.CPU)
	}
	if !v.bare && v.why == "" && len(v.lost) > 0 {
		v.miss("requests are lost")
	}
	return nil
}

func (v *verdict) miss(form string, args ...any) {
	v.wrong = append(v.wrong, fmt.Sprintf(form, args...))
}

// What these clocks can't tell apart, in seconds.
var (
	// Listeners that close shortly before the proxy ends: of two looks, the first may come just before they close, and
	// the second, a pause later, finds the same refusal as at the end.
	blur = 2 * looking.Seconds()
	// A window in which a loss is predicted, so brief that all senders may be in their pause: two pauses, since a request
	// that began in the first one is no loss if it has been answered.
	briefest = 2 * sending.Seconds()
)

// events must come when they were predicted, and no others.
func (v *verdict) events() {
	predicted, happened := v.forecast.events(), v.result.times()
	for _, who := range []string{"app", "proxy"} {
		// A hook that can't be read may well fail.
		over, is := predicted[who+" hookEnds"]
		if at, fails := happened[who+" hookFails"]; fails && is && over.Earliest < over.Latest {
			happened[who+" hookEnds"] = at
			delete(happened, who+" hookFails")
		}
	}
	if at, closes := predicted[listenersClose]; closes {
		te := v.plan.Te.Seconds() // when somebody looks
		predicted[listenersClose] = moment{max(at.Earliest, te), max(at.Latest, te)}
		if at.Latest > predicted["proxy gone"].Earliest-blur {
			delete(predicted, listenersClose)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(predicted)) {
		at, has := happened[what]
		if !has {
			v.miss("%s predicted at %s, and never came", what, predicted[what])
		} else if !predicted[what].includes(at) {
			v.miss("%s at %.1f, predicted at %s", what, at, predicted[what])
		}
	}
	for _, what := range slices.Sorted(maps.Keys(happened)) {
		// There is no lane for a sidecar beside the proxy.
		if _, was := predicted[what]; !was && !strings.HasPrefix(what, "logger") {
			v.miss("%s at %.1f, not predicted", what, happened[what])
		}
	}
}

// requests sorts them, and looks for the loss that was predicted behind each one that failed, and the other way round.
func (v *verdict) requests() error {
	v.sent, v.lost = map[string]int{}, map[string]map[string]int{}
	strange := map[string]int{}
	shown := make([]bool, len(v.forecast.Losses))
	journals := []string{"clients/requests", "app/app"}
	if v.plan.Worker {
		journals = append(journals, "app/worker")
	}
	for _, journal := range journals {
		requests, err := readJournal(filepath.Join(v.plan.Dir, journal))
		if err != nil {
			return err
		}
		for i := range requests {
			r := &requests[i]
			if r.Class == "refusal" {
				if at := v.result.since(r.Begin); at < v.result.times()["proxy gone"]-blur {
					v.result.Events = append(v.result.Events, event{at, "inbound", "listenersClose", r.Err})
				}
				continue
			}
			v.sent[r.Class]++
			if r.Err == "" {
				continue
			}
			began, ended := v.result.since(r.Begin), v.result.since(r.End)
			if ended < 0 {
				return fmt.Errorf("%s was lost before the deletion: %s", r.Class, r.Err)
			}
			if v.lost[r.Class] == nil {
				v.lost[r.Class] = map[string]int{}
			}
			v.lost[r.Class][cause(r.Err)]++
			explained := false
			for n := range v.forecast.Losses {
				l := &v.forecast.Losses[n]
				if l.explains(r, began, ended) {
					explained = true
					shown[n] = shown[n] || l.shows(r, time.Duration(r.End-r.Begin))
				}
			}
			if !explained {
				strange[fmt.Sprintf("%s (%s)", r.Class, cause(r.Err))]++
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(strange)) {
		v.miss("%d of %s lost, not predicted", strange[what], what)
	}
	for n, l := range v.forecast.Losses {
		if !l.Certain || shown[n] {
			continue
		}
		if l.From != l.To && l.To.Latest-l.From.Earliest < briefest {
			v.brief++
		} else {
			v.miss("%s (%s) predicted as lost from %.1f to %.1f, and none was", l.Class, l.Kind, l.From.Earliest, l.To.Latest)
		}
	}
	return nil
}

func total(by map[string]int) int {
	sum := 0
	for _, n := range by {
		sum += n
	}
	return sum
}

func causes(by map[string]int) string {
	var parts []string
	for _, cause := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%d %s", by[cause], cause))
	}
	return strings.Join(parts, ", ")
}
