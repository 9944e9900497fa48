package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// answers serves what apps serve: requests that take a while, WebSockets and streams. The latter end in order once
// ending is closed.
func answers(ending <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/takes/{time}", func(w http.ResponseWriter, r *http.Request) {
		took, err := time.ParseDuration(r.PathValue("time"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		select {
		case <-time.After(took):
			fmt.Fprintln(w, "done")
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("/socket", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		for open(ending) {
			if _, err := fmt.Fprintln(conn, "."); err != nil {
				return
			}
		}
		fmt.Fprintln(conn, "end")
		time.Sleep(streamsEnd)
	})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "Ended")
		for open(ending) {
			if _, err := fmt.Fprintln(w, "."); err != nil {
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
		}
		w.Header().Set("Ended", "yes")
	})
	return mux
}

// streamsEnd is the time that the app gives its streams to send their end.
const streamsEnd = 300 * time.Millisecond

// lastThings is what it needs for them and for its last call, and half a second by which it ends early: the kubelet
// counts whole seconds, so an end near a whole second would decide about the next one.
const lastThings = streamsEnd + 600*time.Millisecond

// open waits a little and tells whether the channel is still open then.
func open(c <-chan struct{}) bool {
	select {
	case <-c:
		return false
	case <-time.After(400 * time.Millisecond):
		return true
	}
}

// server serves on address, in HTTP/1.1 and cleartext HTTP/2.
func server(address string, ending <-chan struct{}) (*http.Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	// A connection over which nothing was sent yet would hold the shutdown of the server for five seconds.
	s := &http.Server{Handler: answers(ending), Protocols: new(http.Protocols), ReadHeaderTimeout: time.Second}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	go s.Serve(listener)
	return s, nil
}

// logger is a container that listens, and goes at SIGTERM.
func logger([]string) error {
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	_, err := server(":9100", nil)
	<-term
	return err
}

// app is a container of the pod. At SIGTERM it
//
//	closes  closes its port, finishes what it has, works on until -takes is over, and exits
//	exits   exits
//	serves  serves until -takes is over, and then does as closes
//
// as istio-drain calls it. All the while, and once more as the last thing it does, it calls a backend through the sidecar.
func app(args []string) error {
	flags := flag.NewFlagSet("app", flag.ContinueOnError)
	end := flags.String("end", "closes", "")
	takes := flags.Duration("takes", 0, "from SIGTERM to its end")
	log := flags.String("journal", "", "")
	address := flags.String("address", "", "where it serves")
	if err := flags.Parse(args); err != nil {
		return err
	}
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	out, err := openJournal(*log)
	if err != nil {
		return err
	}
	ending, quit := make(chan struct{}), make(chan struct{})
	s, err := server(*address, ending)
	if err != nil {
		return err
	}
	var calls group
	calls.Go(func() {
		if err := ready(outbound); err != nil {
			fmt.Println(err)
		}
		for _, p := range []*plain{{address: outbound}, {address: outbound, keep: true}} {
			calls.every(sending, func() bool { return closed(quit) }, func() {
				out.add(timed("outbound", func() (bool, error) { return p.send("/takes/5ms", 5*time.Second) }))
			})
		}
	})
	<-term
	begin := time.Now()
	work := func() { time.Sleep(*takes - lastThings - time.Since(begin)) }
	switch *end {
	case "exits":
		return nil
	case "serves":
		work()
	}
	close(ending)
	if err := s.Shutdown(context.Background()); err != nil {
		return err
	}
	work()
	time.Sleep(streamsEnd)
	close(quit)
	calls.Wait()
	last := plain{address: outbound}
	out.add(timed("last call", func() (bool, error) { return last.send("/takes/5ms", 5*time.Second) }))
	return nil
}
