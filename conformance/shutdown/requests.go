package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

// A request as its sender saw it; times are nanoseconds of the Unix clock.
type request struct {
	Class  string
	Begin  int64
	End    int64
	Err    string `json:",omitempty"` // empty: answered with 200
	Closes bool   `json:",omitempty"` // the answer said `connection: close`
}

// A journal is a file of requests, one a line.
type journal struct {
	mutex sync.Mutex
	file  *os.File
}

func openJournal(path string) (*journal, error) {
	file, err := os.Create(path)
	return &journal{file: file}, err
}

func (j *journal) add(r request) {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err)
	}
	j.mutex.Lock()
	defer j.mutex.Unlock()
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		panic(err)
	}
}

func readJournal(path string) ([]request, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var requests []request
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var r request
		if json.Unmarshal([]byte(line), &r) == nil { // the last one may be cut off, if its writer was killed
			requests = append(requests, r)
		}
	}
	return requests, nil
}

// timed fills in a request's times around the sending.
func timed(class string, send func() (closes bool, err error)) request {
	r := request{Class: class, Begin: time.Now().UnixNano()}
	closes, err := send()
	r.End, r.Closes = time.Now().UnixNano(), closes
	if err != nil {
		r.Err = err.Error()
	}
	return r
}

// A plain client speaks HTTP/1.1 and never repeats a request, unlike net/http.
type plain struct {
	address string
	keep    bool // keeps its connection until it is told to close it
	conn    net.Conn
	reader  *bufio.Reader
}

func (p *plain) send(path string, timeout time.Duration) (closes bool, err error) {
	if p.conn == nil {
		conn, err := net.DialTimeout("tcp", p.address, 2*time.Second)
		if err != nil {
			return false, err
		}
		p.conn, p.reader = conn, bufio.NewReader(conn)
	}
	defer func() {
		if err != nil || closes || !p.keep {
			p.conn.Close()
			p.conn = nil
		}
	}()
	if err := p.conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return false, err
	}
	connection := "close"
	if p.keep {
		connection = "keep-alive"
	}
	const form = "POST %s HTTP/1.1\r\nHost: web\r\nConnection: %s\r\nContent-Length: 4\r\n\r\nbody"
	if _, err := fmt.Fprintf(p.conn, form, path, connection); err != nil {
		return false, err
	}
	response, err := http.ReadResponse(p.reader, nil)
	if err != nil {
		return false, err
	}
	return response.Close, answered(response)
}

// answered reads an answer to its end and says what is wrong with it.
func answered(response *http.Response) error {
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// cause sorts an error into the few that matter.
func cause(err string) string {
	switch {
	case strings.Contains(err, "status "):
		return err[strings.Index(err, "status ")+len("status "):]
	case strings.Contains(err, "refused"):
		return "refused"
	case strings.Contains(err, "timeout"):
		return "no answer"
	default:
		return "cut"
	}
}
