package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

const (
	proxyUser   = 1337  // what Istio's images run as
	appUser     = 10001 // any other
	clientUser  = 10002
	sidecarUser = 10003
)

// A container is a process that is PID 1 of its own PID namespace.
type container struct {
	cmd  *exec.Cmd
	user int
	env  []string
	gone chan struct{} // closed at its end
	how  string        // how it ended, once gone
}

// image says what a container has beside its command.
type image struct {
	user    int
	env     []string
	dir     string
	log     string
	noShell bool // as distroless images are
	network bool // a network namespace of its own
	stdin   io.Reader
}

// start runs argv as a container. ended is called once at its end.
func start(i image, ended func(how string), argv ...string) (*container, error) {
	log, err := os.Create(i.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	args := []string{"contain", "-user", strconv.Itoa(i.user), "-no-shell=" + strconv.FormatBool(i.noShell), "--"}
	cmd := exec.Command(self, append(args, argv...)...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = i.dir, i.env, i.stdin, log, log
	flags := syscall.CLONE_NEWPID | syscall.CLONE_NEWNS
	if i.network {
		flags |= syscall.CLONE_NEWNET
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: uintptr(flags), Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &container{cmd: cmd, user: i.user, env: i.env, gone: make(chan struct{})}
	go func() {
		c.how = "exit 0"
		if err := cmd.Wait(); err != nil {
			c.how = err.Error()
		}
		ended(c.how)
		close(c.gone)
	}()
	return c, nil
}

// enter runs a command in a container, as an exec hook does, and returns what it says and the CPU time that it took.
func (c *container) enter(argv []string) (string, time.Duration, error) {
	user := strconv.Itoa(c.user)
	args := []string{"-t", strconv.Itoa(c.cmd.Process.Pid), "-m", "-p", "-S", user, "-G", user, "--"}
	cmd := exec.Command("nsenter", append(args, argv...)...)
	cmd.Env = c.env
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		return "", 0, err
	}
	return string(out), cmd.ProcessState.SystemTime() + cmd.ProcessState.UserTime(), err
}

// contain is the first thing in a container's namespaces: it mounts /proc, drops root and becomes the command.
func contain(args []string) error {
	flags := flag.NewFlagSet("contain", flag.ContinueOnError)
	user := flags.Int("user", 0, "")
	noShell := flags.Bool("no-shell", false, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	argv := flags.Args()
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	if err := syscall.Mount("", "/", "", syscall.MS_PRIVATE|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("mounts: %w", err)
	}
	if err := syscall.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("/proc: %w", err)
	}
	if *noShell {
		for _, dir := range []string{"/bin", "/usr/bin", "/usr/local/bin"} {
			real, err := filepath.EvalSymlinks(dir)
			if err != nil {
				continue
			}
			if err := syscall.Mount("none", real, "tmpfs", 0, ""); err != nil {
				return fmt.Errorf("%s: %w", dir, err)
			}
		}
	}
	if err := syscall.Setgroups(nil); err != nil {
		return err
	}
	if err := syscall.Setresgid(*user, *user, *user); err != nil {
		return err
	}
	if err := syscall.Setresuid(*user, *user, *user); err != nil {
		return err
	}
	// A change of users clears it: whatever happens to the run, no container outlives it.
	const setParentDeathSignal = 1
	if _, _, e := syscall.RawSyscall(syscall.SYS_PRCTL, setParentDeathSignal, uintptr(syscall.SIGKILL), 0); e != 0 {
		return e
	}
	return syscall.Exec(path, argv, os.Environ())
}
