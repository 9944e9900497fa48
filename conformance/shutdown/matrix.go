package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
	wrong    []string                  // what is not as it must be
	brief    int                       // losses predicted in windows in which nobody may have sent anything
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
			if v.brief > 0 {
				state += fmt.Sprintf(", %d windows too brief to tell", v.brief)
			}
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
		if text, last, err = run(exec.Command(tool, and(v.flags, v.facts)...), text); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.yaml"), append(text, "# "+last+"\n"...), 0o644); err != nil {
		return err
	}
	p := v.node
	p.Dir, p.Agent, p.Envoy = dir, agent, envoy
	p.End, p.Takes = cmp.Or(p.End, "closes"), cmp.Or(p.Takes, second)
	p.Te, p.Slow = cmp.Or(p.Te, 2*second), cmp.Or(p.Slow, 4*second)
	p.AppUser, p.Streams = cmp.Or(p.AppUser, appUser), !p.Idle
	if err := p.read(text); err != nil {
		return err
	}
	v.plan = p
	if v.forecast, err = v.predict(tool, text, &p); err != nil {
		return err
	}
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
	return v.judge()
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
