// calloff-init runs a command as the first process of a container, and ends it as Calloff wants it ended.
//
//	calloff-init -- COMMAND [ARGUMENT…]
//
// Signals go to the whole tree of processes, wherever they fled to; zombies are reaped. After SIGTERM the tree has the
// grace of this very cancellation, which Calloff is asked for, and is then killed whole. Fargate knows neither a grace
// for one request nor an immediate kill.
//
// Its exit code is the command's (128 and the signal's number, if one ended it), or 137 if anything of the tree had to
// be killed to end it.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

const (
	exitUsage       = 64
	exitNotFound    = 127
	exitNotExecuted = 126
	exitKilled      = 128 + int(syscall.SIGKILL)
)

func main() {
	argv := os.Args[1:]
	if len(argv) > 0 && argv[0] == "--" {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		fmt.Fprintln(os.Stderr, "usage: calloff-init -- COMMAND [ARGUMENT…]")
		os.Exit(exitUsage)
	}
	os.Exit(run(argv))
}

// run supervises the command and answers what to exit with.
func run(argv []string) int {
	signals, children := listen()
	tree, err := adopt()
	if err != nil {
		say("cannot adopt orphans: %v", err)
	}
	child, code := start(argv)
	if child == 0 {
		return code
	}
	return watch(tree, child, signals, children)
}

// listen takes over every signal that can be passed on; those about this very process are not. The deaths of children
// have a channel of their own: one that is waiting stands for all, and a storm of others cannot crowd it out.
func listen() (signals, children <-chan os.Signal) {
	all, deaths := make(chan os.Signal, 64), make(chan os.Signal, 1)
	signal.Notify(all)
	signal.Reset(syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE, syscall.SIGTTIN, syscall.SIGTTOU)
	signal.Notify(deaths, syscall.SIGCHLD)
	return all, deaths
}

func start(argv []string) (int, int) {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		say("%v", err)
		return 0, exitNotFound
	}
	// A group of its own: a signal to it reaches the command and its pipeline in one step.
	how := &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setpgid: true}}
	pid, err := syscall.ForkExec(path, argv, how)
	if err != nil {
		say("%s: %v", path, err)
		return 0, exitNotExecuted
	}
	return pid, 0
}

// watch passes signals on, and brings the tree to its end.
func watch(tree tree, child int, signals, children <-chan os.Signal) int {
	code, ended := 0, false
	look := func() {
		if status, found := reap(child); found {
			code, ended = exitCode(status), true
		}
	}
	var dying *dying
	for {
		select {
		case <-children:
			look()
		case received := <-signals:
			number := received.(syscall.Signal)
			tree.signal(number)
			if dying == nil && stops(number) {
				dying = begin()
			}
		case news := <-dying.news():
			dying.learn(news)
		case <-dying.over():
			look()
			if tree.kill() || !ended {
				code = exitKilled
			}
			return code
		}
		if ended && (dying == nil || tree.empty()) {
			// Not dying, what the command leaves behind ends with it, as in a container without a supervisor.
			tree.kill()
			return code
		}
	}
}

// stops tells whether a signal asks for the end: an image's STOPSIGNAL may stand in for SIGTERM.
func stops(number syscall.Signal) bool {
	return number == syscall.SIGTERM || number == syscall.SIGINT || number == syscall.SIGQUIT
}

// reap takes in every child that ended, orphans included; it tells how the command ended if it is among them.
func reap(child int) (syscall.WaitStatus, bool) {
	var found syscall.WaitStatus
	seen := false
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return found, seen
		}
		if pid == child {
			found, seen = status, true
		}
	}
}

func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "calloff-init: "+format+"\n", values...)
}

// dying is the time between the first SIGTERM and the last SIGKILL. A nil one has neither news nor an end.
type dying struct {
	began time.Time
	grace time.Duration
	end   *time.Timer
	asks  <-chan news
}

func begin() *dying {
	grace := graceFromEnvironment()
	d := &dying{began: time.Now(), grace: grace, asks: ask()}
	d.end = time.NewTimer(grace)
	return d
}

func (d *dying) news() <-chan news {
	if d == nil {
		return nil
	}
	return d.asks
}

func (d *dying) over() <-chan time.Time {
	if d == nil {
		return nil
	}
	return d.end.C
}

// learn takes in what Calloff says of the cancellation. It counts from the signal, not from the request.
func (d *dying) learn(n news) {
	if n.grace == d.grace {
		return
	}
	d.grace = n.grace
	d.end.Reset(max(0, d.grace-time.Since(d.began)))
}
