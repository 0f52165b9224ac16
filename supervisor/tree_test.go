package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func started(t *testing.T, script string) *tree {
	how := &syscall.ProcAttr{Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setpgid: true}}
	pid, err := syscall.ForkExec("/bin/sh", []string{"sh", "-c", script}, how)
	if err != nil {
		t.Fatal(err)
	}
	return &tree{command: pid}
}

func TestWhoEndedByItselfAMomentBeforeWasNotKilled(t *testing.T) {
	tree := started(t, "exit 6")
	for !isZombie(tree.command) {
		time.Sleep(time.Millisecond)
	}
	if tree.kill() || !tree.ended || tree.code != 6 {
		t.Errorf("%+v", tree)
	}
}

func TestWhoLivesIsKilled(t *testing.T) {
	tree := started(t, "while :; do :; done")
	if !tree.kill() || !tree.ended || tree.code != exitKilled {
		t.Errorf("%+v", tree)
	}
}

func isZombie(pid int) bool {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return strings.Contains(string(stat), ") Z ")
}
