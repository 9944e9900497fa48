// Command shutdown deletes pods as the kubelet does, with a real pilot-agent and a real Envoy in them, and counts
// the requests that are lost.
//
// Each pod has a network namespace of its own, and so have its clients; each container is PID 1 of a PID
// namespace, under a user of its own. Nothing leaves these namespaces. Durations are real. It needs root.
package main

import (
	"fmt"
	"os"
)

func main() {
	parts := map[string]func([]string) error{
		"matrix":  matrix,  // runs scenarios and prints the page
		"pod":     pod,     // one pod and its deletion, in a network namespace of its own
		"contain": contain, // becomes a container's first process
		"app":     app,     // the app in the pod
		"logger":  logger,  // a native sidecar beside the proxy
		"clients": clients, // everything outside of the pod
	}
	if len(os.Args) < 2 || parts[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: shutdown matrix [-short] ...")
		os.Exit(2)
	}
	if err := parts[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintf(os.Stderr, "shutdown %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
}
