package main

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// PR_SET_CHILD_SUBREAPER of linux/prctl.h: who loses their parent becomes a child of ours.
	setChildSubreaper = 36
	// every is how long the killing of a tree waits between two looks: a process may fork while it is looked for.
	every = 5 * time.Millisecond
	// atMost is how long the killing goes on. Another user's process may be out of reach, and one that waits for a
	// device or gives memory back takes its time; with the container's first process the kernel ends them all.
	atMost = time.Second
)

// tree is everything that runs under the supervisor: the command, and what comes of it.
type tree struct {
	command int // its process id
	ended   bool
	code    int // what the command exited with, once it ended
	killing bool
	killed  bool // something ended by SIGKILL, and not by itself a moment before
}

// first tells whether this is a container's first process: then the tree is everybody else.
func first() bool {
	return os.Getpid() == 1
}

// adopt makes orphans children of ours, as they are of a first process anyway.
func adopt() error {
	if first() {
		return nil
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0); errno != 0 {
		return errno
	}
	return nil
}

// stop sends a signal to stop. Who was halted (SIGSTOP) has to be woken to hear it.
func (t *tree) stop(number os.Signal) {
	t.signal(number)
	t.signal(syscall.SIGCONT)
}

// signal sends a signal to every process of the tree.
func (t *tree) signal(number os.Signal) {
	if first() {
		// The kernel does it in one step: everybody in the namespace but ourselves. It needs no /proc.
		syscall.Kill(-1, number.(syscall.Signal))
		return
	}
	// A group hears it in one step, too: who is being forked must not miss it. So the command's group comes before
	// the look for those who left it.
	if !t.ended {
		syscall.Kill(-t.command, number.(syscall.Signal))
	}
	for target := range t.elsewhere() {
		syscall.Kill(target, number.(syscall.Signal))
	}
}

// kill kills the tree whole, and tells whether it had to.
func (t *tree) kill() bool {
	for end := time.Now().Add(atMost); !t.reap(); time.Sleep(every) {
		if time.Now().After(end) {
			return true
		}
		t.killing = true
		t.signal(syscall.SIGKILL)
	}
	return t.killed
}

// reap takes in whoever ended, orphans included, and tells whether nobody is left.
func (t *tree) reap() bool {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return true // ECHILD: whoever is left would be a child, or below one
		case pid == 0:
			return false
		default:
			t.bury(pid, status)
		}
	}
}

func (t *tree) bury(pid int, status syscall.WaitStatus) {
	if pid == t.command {
		t.ended, t.code = true, exitCode(status)
	}
	if t.killing && status.Signal() == syscall.SIGKILL {
		t.killed = true
	}
}

// exitCode is a shell's for a command that a signal ended.
func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// process is a line of the process table.
type process struct{ pid, parent, group int }

// elsewhere finds whom a signal to the command's group does not reach, as kill(2) wants them named: a group by its
// negative number.
func (t *tree) elsewhere() map[int]bool {
	ours, found := syscall.Getpgrp(), map[int]bool{}
	for _, each := range descendants() {
		switch {
		case each.group == ours || each.group <= 1: // -1 would be everybody
			found[each.pid] = true
		case each.group != t.command || t.ended:
			found[-each.group] = true
		}
	}
	return found
}

// descendants lists the processes below this one.
func descendants() []process {
	below := map[int][]process{}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if each, ok := read(entry.Name()); ok {
			below[each.parent] = append(below[each.parent], each)
		}
	}
	found := below[os.Getpid()]
	for i := 0; i < len(found); i++ {
		found = append(found, below[found[i].pid]...)
	}
	return found
}

// read reads of a process that still is. The second field of its line may hold anything, so what follows the last
// bracket counts (proc_pid_stat(5)): its state, parent and group.
func read(name string) (process, bool) {
	pid, err := strconv.Atoi(name)
	if err != nil {
		return process{}, false
	}
	content, _ := os.ReadFile("/proc/" + name + "/stat")
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	if len(fields) < 3 {
		return process{}, false
	}
	parent, _ := strconv.Atoi(fields[1])
	group, _ := strconv.Atoi(fields[2])
	return process{pid, parent, group}, true
}
