package main

import (
	"math"
	"time"
)

// A forecast says when what happens, in seconds after the deletion, by the rules of the kubelet and the agent and
// the numbers that are written in the pod.
type forecast struct {
	AppTerm, AppGone, ProxyGone float64
	Killed                      bool // the proxy, when the grace period was over
	Close                       bool // that and its own end come within a second
}

// what the pod's settings come to.
type settings struct {
	hook    float64 // P: how long the app's hook takes
	drain   float64 // D: the drain duration in force
	minimum float64 // of exit on idle; 0 where that is off
	atLeast float64 // of the hook that waits: P + A
}

func (p *plan) forecast(s settings) forecast {
	grace := float64(p.Grace)
	left := func(at float64) float64 { return at + max(grace-math.Floor(at), 2) } // when SIGKILL comes
	f := forecast{AppTerm: min(s.hook, grace)}
	hookEnd, ends := p.proxyHook(s)
	begin := hookEnd // of the agent's own drain
	if ends == bySignal {
		begin, hookEnd = 0, 0
	}
	stays := begin + s.drain
	if p.Native && ends != bySignal {
		stays = math.Inf(1)
	}
	f.AppGone = min(p.appEnd(f.AppTerm, stays), left(f.AppTerm))
	if ends == byWaiting {
		// Three looks in a row must find nothing, half a second apart.
		hookEnd = min(max(hookEnd, f.AppGone)+0.7, grace)
		begin = hookEnd
	}
	term := hookEnd
	if p.Native {
		term = min(max(hookEnd, f.AppGone), max(grace, hookEnd))
		if ends != bySignal {
			begin = term
		}
	}
	switch {
	case ends == byDraining && p.Native, ends == byWaiting:
		f.ProxyGone = begin
	case s.minimum > 0:
		f.ProxyGone = max(begin+s.minimum, f.AppGone) + 0.5
	default:
		f.ProxyGone = begin + s.drain
	}
	kill := left(term)
	f.Close = math.Abs(f.ProxyGone-kill) < 1
	if f.ProxyGone > kill {
		f.ProxyGone, f.Killed = kill, true
	}
	return f
}

// How a hook on istio-proxy ends the agent.
type ending int

const (
	bySIGTERM  ending = iota // not at all
	bySignal                 // by a SIGTERM of its own
	byDraining               // it tells the agent to drain, which makes it exit at SIGTERM at once
	byWaiting                // as byDraining, once the app has gone
)

// proxyHook says how long the hook on istio-proxy takes, and what it does.
func (p *plan) proxyHook(s settings) (seconds float64, ends ending) {
	if p.ProxyHook == nil {
		return 0, bySIGTERM
	}
	command := p.ProxyHook.Exec
	switch {
	case command[0] == "kill":
		return 0, bySignal
	case command[0] == "sleep":
		took, _ := time.ParseDuration(command[1] + "s")
		return took.Seconds(), bySIGTERM
	case command[0] == "pilot-agent" && command[len(command)-1] == "drain":
		return 0, byDraining
	case command[0] == "pilot-agent":
		return 0, bySIGTERM
	case p.NoShell:
		return 0, bySIGTERM
	default:
		return s.atLeast, byWaiting
	}
}

// appEnd is when the app exits by itself: it finishes the last slow request that could reach it, which it looks
// for now and then.
func (p *plan) appEnd(term, proxyGone float64) float64 {
	after := p.After.Seconds()
	closes := term
	switch p.End {
	case "quit":
		return term
	case "serve":
		closes += after
		after = 0
	}
	lastBegun := min(closes, p.Te.Seconds(), proxyGone)
	return max(closes, lastBegun+p.Slow.Seconds()-0.25) + after + streamsEnd.Seconds() + 0.4
}
