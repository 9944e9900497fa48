package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A plan is one pod and how it is deleted, as JSON for the process that plays it.
type plan struct {
	Dir, Agent, Envoy string
	Annotation        string // proxy.istio.io/config
	Mesh              string // the mesh's defaultConfig
	Env               []string
	AppHook           *hook
	Worker            bool // a second container that does what the app does, on another port
	WorkerHook        *hook
	ProxyHook         *hook
	Grace             int
	Native            bool
	NoShell           bool
	AppUser           int
	End               string
	Takes, Te, Slow   time.Duration
	Streams, Idle     bool
	Sidecar           bool // beside the proxy, a native one that listens
	Forward           bool // somebody holds a port-forward to the app
	LogsJSON          bool
	Connections       int // idle ones of clients
}

// A hook is a preStop handler; exactly one field is set.
type hook struct {
	Exec  []string
	Sleep int
	URL   string
}

// An event of the deletion, in seconds since its start: who, what by the codes of timelines, and how.
type event struct {
	At             float64
	Who, What, How string
}

// A result is what a played pod leaves behind.
type result struct {
	Deleted int64 // nanoseconds of the Unix clock
	Events  []event
	CPU     float64 // seconds that the proxy's hook took of it
}

func (r *result) since(nanoseconds int64) float64 { return float64(nanoseconds-r.Deleted) / 1e9 }

// times is when each thing happened first. A hook that runs on when its time is over may fail as it likes.
func (r *result) times() map[string]float64 {
	all := map[string]float64{}
	for _, e := range r.Events {
		_, over := all[e.Who+" hookEnds"]
		if at, before := all[e.Who+" "+e.What]; (!before || e.At < at) && (e.What != "hookFails" || !over) {
			all[e.Who+" "+e.What] = e.At
		}
	}
	return all
}

// A node plays the kubelet.
type node struct {
	plan
	mutex sync.Mutex
	result
}

func (n *node) note(who, what, how string) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.Events = append(n.Events, event{n.since(time.Now().UnixNano()), who, what, how})
}

func pod(args []string) error {
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	n := &node{}
	if err := json.Unmarshal(text, &n.plan); err != nil {
		return err
	}
	if err := n.play(); err != nil {
		return err
	}
	return writeJSON(filepath.Join(n.Dir, "result.json"), n.result)
}

func (n *node) play() error {
	orders, sending := io.Pipe()
	outside, err := n.outside(orders)
	if err != nil {
		return err
	}
	fmt.Fprintln(sending, "network")
	members, err := n.containers()
	if err != nil {
		return err
	}
	if err := awaitLine(filepath.Join(n.Dir, "clients.log"), "sending", outside.gone); err != nil {
		return err
	}
	if n.Forward {
		if err := forward("127.0.0.1:8080"); err != nil {
			return err
		}
	}
	time.Sleep(2 * time.Second)
	n.Deleted = time.Now().UnixNano()
	fmt.Fprintln(sending, "delete")
	var all sync.WaitGroup
	for i, m := range members {
		var turn chan struct{}
		if m.isSidecar {
			turn = make(chan struct{})
			go func() {
				for _, before := range members[:i] {
					<-before.done
				}
				close(turn)
			}()
		}
		all.Go(func() {
			n.kill(m.name, m.container, m.hook, turn)
			close(m.done)
		})
	}
	all.Wait()
	n.note("kubelet", "podGone", "")
	if err := n.signalled(); err != nil {
		return err
	}
	// Clients send to a pod that has gone until they know it.
	time.Sleep(n.Te - time.Duration(n.since(time.Now().UnixNano())*1e9))
	fmt.Fprintln(sending, "end")
	sending.Close()
	select {
	case <-outside.gone:
	case <-time.After(40 * time.Second):
		return fmt.Errorf("the clients did not end")
	}
	if outside.how != "exit 0" {
		return fmt.Errorf("the clients: %s", outside.how)
	}
	return nil
}

// outside starts the clients in a network of their own and connects it to the pod's, which this process is in.
func (n *node) outside(orders io.Reader) (*container, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(n.Dir, "clients")
	if err := folder(dir, clientUser); err != nil {
		return nil, err
	}
	log := filepath.Join(n.Dir, "clients.log")
	i := image{user: clientUser, env: os.Environ(), dir: dir, log: log, network: true, stdin: orders}
	c, err := start(i, func(string) {}, self, "clients", "-dir", dir, "-envoy", n.Envoy, "-endpoints", n.Te.String(),
		"-slow", n.Slow.String(), "-connections", strconv.Itoa(n.Connections), "-streams="+strconv.FormatBool(n.Streams), "-idle="+strconv.FormatBool(n.Idle))
	if err != nil {
		return nil, err
	}
	in := strconv.Itoa(c.cmd.Process.Pid)
	there := []string{"nsenter", "-t", in, "-n"}
	for _, command := range [][]string{
		{"ip", "link", "set", "lo", "up"},
		{"ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", in},
		{"ip", "address", "add", podAddress + "/30", "dev", "eth0"},
		{"ip", "link", "set", "eth0", "up"},
		append(there, "ip", "link", "set", "lo", "up"),
		append(there, "ip", "address", "add", clientAddress+"/30", "dev", "eth0"),
		append(there, "ip", "link", "set", "eth0", "up"),
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, out)
		}
	}
	return c, nil
}

// A member is a container of the pod.
type member struct {
	name      string
	container *container
	hook      *hook
	isSidecar bool          // a native one, which goes when all members before it have gone
	done      chan struct{} // closed when the kubelet is done with it
}

// containers starts them, and returns them in the order in which the kubelet ends them. The injector puts a native
// proxy first, so that it ends last; a classic one ends before all native sidecars.
func (n *node) containers() ([]member, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	appDir, proxyDir := filepath.Join(n.Dir, "app"), filepath.Join(n.Dir, "proxy")
	if err := folder(appDir, n.AppUser); err != nil {
		return nil, err
	}
	for _, dir := range []string{"", "etc/istio/pod", "etc/istio/proxy", "var/run/secrets/tokens", "var/lib/istio/data"} {
		if err := folder(filepath.Join(proxyDir, dir), proxyUser); err != nil {
			return nil, err
		}
	}
	// The downward API writes it so, quoted as Go does.
	annotations := fmt.Sprintf("proxy.istio.io/config=%q\n", n.Annotation)
	if err := os.WriteFile(filepath.Join(proxyDir, "etc/istio/pod/annotations"), []byte(annotations), 0o644); err != nil {
		return nil, err
	}
	config := filepath.Join(n.Dir, "envoy.json")
	if err := writeJSON(config, podEnvoy()); err != nil {
		return nil, err
	}
	path := "PATH=" + filepath.Dir(n.Agent) + ":/usr/local/bin:/usr/bin:/bin"
	ended := func(name string) func(string) { return func(how string) { n.note(name, "gone", how) } }
	var members []member
	app := func(name, address string, h *hook) error {
		i := image{user: n.AppUser, env: []string{path}, dir: appDir, log: filepath.Join(n.Dir, name+".log")}
		c, err := start(i, ended(name), self, "app", "-end", n.End, "-takes", n.Takes.String(), "-address", address,
			"-journal", filepath.Join(appDir, name))
		members = append(members, member{name, c, h, false, make(chan struct{})})
		return err
	}
	if err := app("app", ":8080", n.AppHook); err != nil {
		return nil, err
	}
	if n.Worker {
		if err := app("worker", ":8081", n.WorkerHook); err != nil {
			return nil, err
		}
	}
	apps := len(members)
	const form = "%s\nbinaryPath: %s\ncustomConfigFile: %s\ncontrolPlaneAuthPolicy: NONE\n"
	mesh := fmt.Sprintf(form, n.Mesh, n.Envoy, config)
	env := append([]string{path, "HOME=/", "PROXY_CONFIG=" + mesh, "FILE_MOUNTED_CERTS=true",
		"POD_NAME=web", "POD_NAMESPACE=default", "INSTANCE_IP=" + podAddress, "CREDENTIAL_FETCHER_TYPE=", "ISTIO_META_DNS_CAPTURE=false"}, n.Env...)
	i := image{user: proxyUser, env: env, dir: proxyDir, log: filepath.Join(n.Dir, "proxy.log"), noShell: n.NoShell}
	proxy, err := start(i, ended("proxy"), n.Agent, "proxy", "sidecar", "--proxyLogLevel", "warning",
		"--log_as_json="+strconv.FormatBool(n.LogsJSON))
	if err != nil {
		return nil, err
	}
	if n.Sidecar {
		i = image{user: sidecarUser, env: []string{path}, dir: appDir, log: filepath.Join(n.Dir, "logger.log")}
		logger, err := start(i, ended("logger"), self, "logger")
		if err != nil {
			return nil, err
		}
		members = append(members, member{"logger", logger, nil, true, make(chan struct{})})
	}
	members = append(members, member{"proxy", proxy, n.ProxyHook, n.Native, make(chan struct{})})
	if !n.Native {
		slices.Reverse(members[apps:])
	}
	return members, nil
}

// forward holds a connection to the pod as a port-forward does, from within its network, until a second after the other
// side has ended it.
func forward(address string) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, conn)
		time.Sleep(second)
		conn.Close()
	}()
	return nil
}

// kill is the kubelet's killContainer (pkg/kubelet/kuberuntime/kuberuntime_container.go): the hook, the turn of a
// sidecar, SIGTERM, and SIGKILL when the rest of the grace period is over, which is two seconds at least. Hook and
// turn count in whole seconds.
func (n *node) kill(name string, c *container, h *hook, turn <-chan struct{}) {
	rest := n.Grace
	wait := func(over <-chan struct{}, what string) {
		begin := time.Now()
		select {
		case <-over:
		case <-time.After(time.Duration(rest) * time.Second):
			if what != "" {
				n.note(name, what, "the grace period is over")
			}
		}
		rest -= int(time.Since(begin).Seconds())
	}
	if h != nil && rest > 0 {
		over := make(chan struct{})
		go func() { n.run(name, c, h); close(over) }()
		wait(over, "hookEnds")
	}
	if turn != nil && rest > 0 {
		wait(turn, "")
	}
	if closed(c.gone) {
		return
	}
	n.note(name, "sigterm", "")
	c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.gone:
	case <-time.After(time.Duration(max(rest, 2)) * time.Second):
		n.note(name, "sigkill", "")
		c.cmd.Process.Kill()
		<-c.gone
	}
}

func (n *node) run(name string, c *container, h *hook) {
	var err error
	switch {
	case h.Sleep > 0:
		time.Sleep(time.Duration(h.Sleep) * time.Second)
	case h.URL != "":
		var response *http.Response
		if response, err = http.Get(h.URL); err == nil {
			response.Body.Close()
		}
	default:
		var out string
		var cpu time.Duration
		if out, cpu, err = c.enter(h.Exec); err != nil {
			err = fmt.Errorf("%w %s", err, strings.TrimSpace(out))
		}
		if name == "proxy" {
			n.CPU = cpu.Seconds()
		}
	}
	if err != nil {
		n.note(name, "hookFails", err.Error())
	} else {
		n.note(name, "hookEnds", "")
	}
}

// signalled adds when the agent says that it got SIGTERM, which its hook may have sent.
func (n *node) signalled() error {
	log, err := os.ReadFile(filepath.Join(n.Dir, "proxy.log"))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(log)) {
		stamp, what, _ := strings.Cut(line, "\t")
		if at, err := time.Parse(time.RFC3339Nano, stamp); err == nil && strings.Contains(what, "draining Proxy for termination") {
			n.Events = append(n.Events, event{n.since(at.UnixNano()), "proxy", "sigterm", "says the agent"})
		}
	}
	return nil
}

// folder makes a folder that belongs to a container's user.
func folder(path string, user int) error {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	return os.Chown(path, user, user)
}

// awaitLine waits for a line in a log.
func awaitLine(log, line string, gone <-chan struct{}) error {
	for range 600 {
		text, _ := os.ReadFile(log)
		if strings.Contains(string(text), line+"\n") {
			return nil
		}
		if closed(gone) {
			return fmt.Errorf("the clients ended early: %s", text)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("no %q in %s", line, log)
}
