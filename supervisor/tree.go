package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// PR_SET_CHILD_SUBREAPER of linux/prctl.h: who loses their parent becomes a child of ours.
const setChildSubreaper = 36

// every is how long the killing of a tree waits between two looks: a process may fork while it is looked for.
const every = 5 * time.Millisecond

// tree is everything that runs under the supervisor.
type tree struct {
	first bool // it is PID 1: the tree is the whole PID namespace
}

func adopt() (tree, error) {
	if os.Getpid() == 1 {
		return tree{first: true}, nil
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
	if errno != 0 {
		return tree{}, errno
	}
	return tree{}, nil
}

// signal sends a signal to every process of the tree, and tells whether there was one.
func (t tree) signal(number syscall.Signal) bool {
	if t.first {
		// The kernel does it in one step: everybody in the namespace but ourselves.
		return syscall.Kill(-1, number) == nil
	}
	found := false
	for _, pid := range descendants() {
		if syscall.Kill(pid, number) == nil {
			found = true
		}
	}
	return found
}

// kill kills the tree whole, and tells whether anything of it was alive.
func (t tree) kill() bool {
	found := false
	for !t.empty() {
		found = t.signal(syscall.SIGKILL) || found
		time.Sleep(every)
	}
	return found
}

// empty reaps what has ended, and tells whether nothing is left.
func (t tree) empty() bool {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return true // ECHILD: whoever is left would be a child, or below one
		case pid == 0:
			return false
		}
	}
}

// descendants lists the processes below this one, from the process table.
func descendants() []int {
	below := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if parent, alive := parentOf(pid); alive {
				below[parent] = append(below[parent], pid)
			}
		}
	}
	var found []int
	for next := []int{os.Getpid()}; len(next) > 0; next = next[1:] {
		found = append(found, below[next[0]]...)
		next = append(next, below[next[0]]...)
	}
	return found
}

// parentOf reads a process's parent; the second field may hold anything, so what follows its last bracket counts.
func parentOf(pid int) (int, bool) {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 2 || fields[0] == "Z" {
		return 0, false
	}
	parent, err := strconv.Atoi(fields[1])
	return parent, err == nil
}
