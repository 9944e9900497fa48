package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A verdict is what became of a scenario.
type verdict struct {
	*scenario
	plan     plan
	forecast forecast
	result   result
	sent     map[string]int            // by class
	lost     map[string]map[string]int // by class and cause
	refused  float64                   // when the first new connection was refused; 0: never
	wrong    []string                  // what is not as it must be
}

// matrix plays the scenarios, as many at once as -jobs says, and writes the page's part to -page.
func matrix(args []string) error {
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	var (
		tool   = flags.String("tool", "istio-drain", "")
		dir    = flags.String("dir", "", "where runs leave their files; every user must be able to read it")
		agents = flags.String("agents", "", "folder with new/pilot-agent and old/pilot-agent")
		envoys = flags.String("envoys", "", "folder with the wheels' content, a folder a version")
		newest = flags.String("envoy", "", "the version that is used where a scenario names none")
		page   = flags.String("page", "", "")
		short  = flags.Bool("short", false, "")
		jobs   = flags.Int("jobs", 4, "")
		only   = flags.String("only", "", "a regular expression of names")
	)
	if err := flags.Parse(args); err != nil {
		return err
	}
	named, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	// Times are what is measured: other work on the machine must not stand in the way. Without the right to it,
	// so be it.
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, -10)
	var verdicts []*verdict
	var all sync.WaitGroup
	turns := make(chan struct{}, *jobs)
	for i := range scenarios {
		s := &scenarios[i]
		if *short && !s.short || !named.MatchString(s.title()) {
			continue
		}
		v := &verdict{scenario: s}
		verdicts = append(verdicts, v)
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			agent := filepath.Join(*agents, cmp.Or(s.agent, "new"), "pilot-agent")
			envoy := filepath.Join(*envoys, cmp.Or(s.envoy, *newest), "envoy/_bin/envoy")
			home := filepath.Join(*dir, strings.Map(plainly, s.title()))
			if err := v.play(*tool, home, agent, envoy); err != nil {
				v.wrong = append(v.wrong, err.Error())
			}
			state := "as predicted"
			if len(v.wrong) > 0 {
				state = "WRONG: " + strings.Join(v.wrong, "; ")
			}
			fmt.Printf("%s %s: %s\n", time.Now().Format(time.TimeOnly), s.title(), state)
		})
	}
	all.Wait()
	if *page != "" {
		if err := os.WriteFile(*page, []byte(tell(verdicts)), 0o644); err != nil {
			return err
		}
	}
	wrong := 0
	for _, v := range verdicts {
		if len(v.wrong) > 0 {
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d pods are not as predicted", wrong, len(verdicts))
	}
	return nil
}

func plainly(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r == '.' {
		return r
	}
	return '-'
}

func (v *verdict) play(tool, dir, agent, envoy string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := v.manifest()
	if err != nil {
		return err
	}
	last := ""
	if !v.bare {
		if text, last, err = apply(tool, v.flags, text); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.yaml"), append(text, "# "+last+"\n"...), 0o644); err != nil {
		return err
	}
	p := usual
	p.Dir, p.Agent, p.Envoy = dir, agent, envoy
	p.Native, p.NoShell, p.Idle, p.Mesh, p.After = v.node.Native, v.node.NoShell, v.node.Idle, v.node.Mesh, v.node.After
	p.End, p.Te, p.Slow = cmp.Or(v.node.End, p.End), cmp.Or(v.node.Te, p.Te), cmp.Or(v.node.Slow, p.Slow)
	p.AppUser = cmp.Or(v.node.AppUser, p.AppUser)
	p.Streams = !p.Idle
	set, err := v.read(text, &p)
	if err != nil {
		return err
	}
	v.plan, v.forecast = p, p.forecast(set)
	file := filepath.Join(dir, "plan.json")
	if err := writeJSON(file, p); err != nil {
		return err
	}
	if err := inOwnNetwork(p, file); err != nil {
		return err
	}
	result, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(result, &v.result); err != nil {
		return err
	}
	if err := v.count(); err != nil {
		return err
	}
	v.judge()
	return nil
}

// inOwnNetwork plays a plan in a network namespace that holds nothing but it.
func inOwnNetwork(p plan, file string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(p.Grace)*second+2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "pod", file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out))), ctx.Err())
	}
	return nil
}

// count sorts the requests.
func (v *verdict) count() error {
	v.sent, v.lost = map[string]int{}, map[string]map[string]int{}
	for _, journal := range []string{"clients/requests", "app/requests"} {
		requests, err := readJournal(filepath.Join(v.plan.Dir, journal))
		if err != nil {
			return err
		}
		for _, r := range requests {
			if r.Class == "refusal" {
				v.refused = float64(r.Begin-v.result.Deleted) / 1e9
				continue
			}
			v.sent[r.Class]++
			if r.Err == "" {
				continue
			}
			if r.End < v.result.Deleted {
				return fmt.Errorf("%s was lost before the deletion: %s", r.Class, r.Err)
			}
			if v.lost[r.Class] == nil {
				v.lost[r.Class] = map[string]int{}
			}
			v.lost[r.Class][cause(r.Err)]++
		}
	}
	if v.sent["last call"] == 0 && v.plan.End != "quit" {
		v.sent["last call"] = 1
		v.lost["last call"] = map[string]int{"never made": 1}
	}
	return nil
}

// at is when an event came, by the beginning of its words.
func (v *verdict) at(what string) (float64, bool) {
	for _, e := range v.result.Events {
		if strings.HasPrefix(e.What, what) {
			return e.At, true
		}
	}
	return 0, false
}

// judge holds what happened against what must.
func (v *verdict) judge() {
	for _, class := range slices.Sorted(maps.Keys(v.lost)) {
		if !slices.Contains(and(v.loses, v.may), class) {
			by := v.lost[class]
			v.wrong = append(v.wrong, fmt.Sprintf("%s: %d of %d lost (%s)", class, total(by), v.sent[class], causes(by)))
		}
	}
	for _, class := range v.loses {
		if v.lost[class] == nil {
			v.wrong = append(v.wrong, class+": none lost")
		}
	}
	const tolerance = 1.0
	for what, predicted := range map[string]float64{
		"app SIGTERM": v.forecast.AppTerm, "app gone": v.forecast.AppGone, "proxy gone": v.forecast.ProxyGone,
	} {
		at, happened := v.at(what)
		if !happened || math.Abs(at-predicted) > tolerance {
			v.wrong = append(v.wrong, fmt.Sprintf("%s at %.1f, predicted at %.1f", what, at, predicted))
		}
	}
	if _, killed := v.at("proxy SIGKILL"); killed != v.forecast.Killed && !v.forecast.Close {
		v.wrong = append(v.wrong, fmt.Sprintf("proxy SIGKILL: %t, predicted: %t", killed, v.forecast.Killed))
	}
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
