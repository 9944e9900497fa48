package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// tell writes the page's part on shutdown.
func tell(verdicts []*verdict) string {
	var b strings.Builder
	b.WriteString("| pod | run | with | lost of sent | app gone at | proxy gone at | predicted | |\n|---|---|---|---|---|---|---|---|\n")
	sent := 0
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
		app, _ := v.at("app gone")
		proxy, _ := v.at("proxy gone")
		end := ""
		if v.forecast.Killed {
			end = ", killed"
		}
		note := v.why
		if len(v.wrong) > 0 {
			note = "**not as predicted**: " + strings.Join(v.wrong, "; ")
		}
		with := "Envoy " + v.plan.version()
		if v.agent != "" {
			with += ", older agent"
		}
		fmt.Fprintf(&b, "| %s: %s | %s | %s | %s | %.1f | %.1f | %.1f, %.1f%s | %s |\n", v.name, v.pod, v.run(), with, strings.Join(lost, "; "),
			app, proxy, v.forecast.AppGone, v.forecast.ProxyGone, end, note)
	}
	fmt.Fprintf(&b, "\n%d pods, %d requests.\n", len(verdicts), sent)
	return b.String()
}

// version is the Envoy's, which its folder is named for.
func (p *plan) version() string {
	return filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(p.Envoy))))
}
