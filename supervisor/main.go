// calloff-init runs a command as the first process of a container, and ends it as Calloff wants it ended.
//
//	calloff-init -- COMMAND [ARGUMENT…]
//
// Signals go to the whole tree of processes, wherever they fled to; zombies are reaped. After SIGTERM the tree has the
// grace of this very cancellation, which Calloff is asked for, and is then killed whole. Fargate knows neither a grace
// for one request nor an immediate kill.
//
// Its exit code is the command's (128 and the signal's number, if one ended it), or 137 if, after a signal to stop,
// anything of the tree had to be killed.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"unsafe"
)

const (
	exitUsage       = 64
	exitNotExecuted = 126
	exitNotFound    = 127
	exitKilled      = 128 + int(syscall.SIGKILL)
)

const terminal = 0 // standard input, if it is one

func main() {
	argv := os.Args[1:]
	if len(argv) > 0 && argv[0] == "--" {
		argv = argv[1:]
	}
	if len(argv) == 0 {
		say("usage: calloff-init -- COMMAND [ARGUMENT…]")
		os.Exit(exitUsage)
	}
	os.Exit(run(argv))
}

// run supervises the command and answers what to exit with.
func run(argv []string) int {
	signals := listen() // before the command is there: what comes meanwhile waits
	if err := adopt(); err != nil {
		say("cannot adopt orphans: %v", err)
	}
	command, err := start(argv)
	if err != nil {
		say("%v", err)
		return exitOfTheUnstarted(err)
	}
	return live(&tree{command: command}, signals)
}

func start(argv []string) (int, error) {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return 0, err
	}
	// A group of its own: a script that signals its group must not hit the supervisor.
	group := &syscall.SysProcAttr{Setpgid: true, Foreground: foreground(), Ctty: terminal}
	command, err := syscall.ForkExec(path, argv, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: group})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return command, nil
}

// foreground tells whether somebody sits at a terminal (`docker run -it`). It is handed on to the command's group, which
// could not read from it otherwise.
func foreground() bool {
	var group int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal, syscall.TIOCGPGRP, uintptr(unsafe.Pointer(&group)))
	return errno == 0 && int(group) == syscall.Getpgrp()
}

// exitOfTheUnstarted answers as a shell does (POSIX, Shell Command Language, Exit Status for Commands).
func exitOfTheUnstarted(err error) int {
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return exitNotFound
	}
	return exitNotExecuted
}

func say(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "calloff-init: %s\n", fmt.Sprintf(format, values...))
}
