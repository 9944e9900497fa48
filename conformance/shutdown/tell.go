package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
)

// tell writes the page's part on shutdown.
func tell(verdicts []*verdict) string {
	var b strings.Builder
	b.WriteString("| pod | run | with | lost of sent | predicted as lost | app: SIGTERM, gone | proxy: SIGTERM, gone | |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	sent, events, wrong, brief := 0, 0, 0, 0
	for _, v := range verdicts {
		lost, of := []string{}, 0
		for _, class := range and(inbound, long, calls) {
			of += v.sent[class]
			if by := v.lost[class]; by != nil {
				lost = append(lost, fmt.Sprintf("%s %d/%d (%s)", class, total(by), v.sent[class], causes(by)))
			}
		}
		sent += of
		if len(lost) == 0 {
			lost = []string{fmt.Sprintf("0 of %d", of)}
		}
		predicted := []string{}
		for _, l := range v.forecast.Losses {
			kind := l.Kind
			if !l.Certain {
				kind += ", possibly"
			}
			predicted = append(predicted, fmt.Sprintf("%s (%s)", l.Class, kind))
		}
		note := v.why
		if v.plan.Connections > 0 {
			note = fmt.Sprintf("the hook took %.2f s of CPU", v.result.CPU)
		}
		if len(v.wrong) > 0 {
			wrong++
			note = "**not as predicted**: " + strings.Join(v.wrong, "; ")
		}
		with := "Envoy " + v.plan.version()
		if v.agent != "" {
			with += ", older agent"
		}
		events += len(v.forecast.events())
		brief += v.brief
		fmt.Fprintf(&b, "| %s: %s | %s | %s | %s | %s | %s | %s | %s |\n", v.name, v.pod, v.run(), with,
			strings.Join(lost, "; "), cmp.Or(strings.Join(predicted, ", "), "nothing"), v.course("app"), v.course("proxy"), note)
	}
	const form = "%d deleted pods with %d requests and %d events, %d pods not as predicted.\n\n"
	if brief > 0 {
		fmt.Fprintf(&b, "\n%d windows of predicted losses were shorter than %.1f s, and nothing was sent in them.\n", brief, briefest)
	}
	return fmt.Sprintf(form, len(verdicts), sent, events, wrong) + b.String()
}

// course is when a container got SIGTERM and went, with what was predicted in brackets.
func (v *verdict) course(who string) string {
	happened, predicted := v.result.times(), v.forecast.events()
	var all []string
	for _, what := range []string{"sigterm", "gone"} {
		key := who + " " + what
		at, has := happened[key]
		if _, was := predicted[key]; has || was {
			all = append(all, fmt.Sprintf("%.1f (%s)", at, predicted[key]))
		}
	}
	course := strings.Join(all, ", ")
	if _, killed := happened[who+" sigkill"]; killed {
		course += ", killed"
	}
	return course
}

// version is the Envoy's, which its folder is named for.
func (p *plan) version() string {
	return filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(p.Envoy))))
}
