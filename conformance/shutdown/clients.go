package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A group of goroutines that repeat something.
type group struct{ sync.WaitGroup }

// every calls do once a period, until done.
func (g *group) every(period time.Duration, done func() bool, do func()) {
	g.Go(func() {
		for time.Sleep(period); !done(); time.Sleep(period) {
			do()
		}
	})
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// clients is everything outside of the pod: clients that send to it directly, an Envoy with Istio's default
// retries and a second, healthy endpoint for those in the mesh, and the backend that the app calls.
//
// Direct clients stop sending to the pod once it is no endpoint any more, and the Envoy is told so at the same
// moment. Lines on standard input say when the network is there (`network`), when the pod is deleted (`delete`)
// and when all is over (`end`).
func clients(args []string) error {
	flags := flag.NewFlagSet("clients", flag.ContinueOnError)
	var (
		dir       = flags.String("dir", "", "")
		envoy     = flags.String("envoy", "", "")
		endpoints = flags.Duration("endpoints", 0, "how long the pod is an endpoint after its deletion")
		slow      = flags.Duration("slow", 0, "how long slow requests take")
		streams   = flags.Bool("streams", false, "")
		many      = flags.Int("connections", 0, "idle ones beside the requests")
		idle      = flags.Bool("idle", false, "mesh clients stop, too")
	)
	if err := flags.Parse(args); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan()
	for _, address := range []string{backend, healthyPod} {
		if _, err := server(address, nil); err != nil {
			return err
		}
	}
	if err := announce(*dir, 1, podInbound, healthyPod); err != nil {
		return err
	}
	config := filepath.Join(*dir, "envoy.json")
	if err := writeJSON(config, clientEnvoy(*dir)); err != nil {
		return err
	}
	cmd := exec.Command(*envoy, "-c", config, "--disable-hot-restart", "--concurrency", "1", "-l", "warning")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Process.Kill()
	out, err := openJournal(filepath.Join(*dir, "requests"))
	if err != nil {
		return err
	}
	l := load{out: out, slow: *slow, gone: make(chan struct{}), over: make(chan struct{})}
	for _, address := range []string{podInbound, meshClient} {
		if err := ready(address); err != nil {
			return err
		}
	}
	for range *many {
		conn, err := net.Dial("tcp", podInbound)
		if err != nil {
			return err
		}
		defer conn.Close()
	}
	l.run(*streams, *idle)
	fmt.Println("sending")
	for lines.Scan() && lines.Text() != "end" {
		go func() {
			time.Sleep(*endpoints)
			close(l.gone)
			if err := announce(*dir, 2, healthyPod); err != nil {
				fmt.Println(err)
			}
		}()
	}
	close(l.over)
	all := make(chan struct{})
	go func() { l.Wait(); close(all) }()
	select {
	case <-all:
		return nil
	case <-time.After(20 * time.Second):
		return errors.New("requests did not end")
	}
}

// ready waits until a request is answered.
func ready(address string) error {
	var err error
	for range 200 {
		p := plain{address: address}
		if _, err = p.send("/takes/1ms", time.Second); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("nothing answers on %s: %w", address, err)
}

// load is what clients send.
type load struct {
	group
	out        *journal
	slow       time.Duration
	gone, over chan struct{} // the pod is no endpoint any more; all is over
	refused    atomic.Bool
}

const (
	sending = 100 * time.Millisecond // the pause between new requests, of clients and of the app
	looking = 250 * time.Millisecond // the pause between two looks at whether connections are refused
)

func (l *load) run(streams, idle bool) {
	gone := func() bool { return closed(l.gone) || closed(l.over) }
	over := func() bool { return closed(l.over) || idle && closed(l.gone) }
	send := func(class, path string, p *plain) {
		l.out.add(timed(class, func() (bool, error) { return p.send(path, 30*time.Second) }))
	}
	for range 2 {
		l.every(sending, gone, func() { send("new", "/takes/5ms", &plain{address: podInbound}) })
		l.every(50*time.Millisecond, over, func() { send("mesh", "/takes/5ms", &plain{address: meshClient}) })
	}
	for range 4 {
		p := &plain{address: podInbound, keep: true}
		l.every(200*time.Millisecond, gone, func() { send("keep-alive", "/takes/5ms", p) })
	}
	l.every(sending, gone, l.http2())
	// A little below the longest that there may be.
	path := "/takes/" + (l.slow - 400*time.Millisecond).String()
	l.every(500*time.Millisecond, gone, func() {
		l.Go(func() { send("slow", path, &plain{address: podInbound}) })
		l.Go(func() { send("mesh slow", path, &plain{address: meshClient}) })
		l.Go(func() { send("mesh slow", path, &plain{address: meshClient}) })
	})
	// When new connections begin to be refused, which nobody in the mesh or outside would see by now.
	l.every(looking, func() bool { return l.refused.Load() || over() }, func() {
		if !closed(l.gone) {
			return
		}
		conn, err := net.DialTimeout("tcp", podInbound, time.Second)
		if err == nil {
			conn.Close()
		} else if strings.Contains(err.Error(), "refused") {
			l.refused.Store(true)
			now := time.Now().UnixNano()
			l.out.add(request{Class: "refusal", Begin: now, End: now, Err: err.Error()})
		}
	})
	if streams {
		for range 2 {
			l.Go(func() { l.out.add(timed("WebSocket", webSocket)) })
			l.Go(func() { l.out.add(timed("stream", l.stream)) })
		}
	}
}

// http2 sends over one connection, as gRPC clients do.
func (l *load) http2() func() {
	client := http2Client(30 * time.Second)
	return func() {
		l.out.add(timed("HTTP/2", func() (bool, error) {
			response, err := client.Post("http://"+podInbound+"/takes/5ms", "text/plain", strings.NewReader("body"))
			if err != nil {
				return false, err
			}
			return false, answered(response)
		}))
	}
}

func http2Client(timeout time.Duration) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: transport, Timeout: timeout}
}

// stream is a server's stream over HTTP/2; it ended in order if its trailer came.
func (l *load) stream() (bool, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { <-l.over; time.Sleep(time.Second); cancel() }()
	call, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+podInbound+"/stream", nil)
	if err != nil {
		return false, err
	}
	response, err := http2Client(0).Do(call)
	if err != nil {
		return false, err
	}
	if err := answered(response); err != nil {
		return false, err
	}
	if response.Trailer.Get("Ended") != "yes" {
		return false, io.ErrUnexpectedEOF
	}
	return false, nil
}

// webSocket is a long-lived connection after an upgrade; it ended in order if the server said so.
func webSocket() (bool, error) {
	conn, err := net.Dial("tcp", podInbound)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /socket HTTP/1.1\r\nHost: web\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	text, err := io.ReadAll(conn)
	if !strings.HasSuffix(string(text), "\nend\n") {
		return false, errors.Join(io.ErrUnexpectedEOF, err)
	}
	return false, nil
}
