package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// stops are the signals that ask for the end: an image's STOPSIGNAL may stand in for SIGTERM.
var stops = []os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT}

// own are the signals about this very process, which nobody else is to hear of.
var own = []os.Signal{syscall.SIGCHLD, syscall.SIGURG, syscall.SIGPIPE, syscall.SIGTTIN, syscall.SIGTTOU}

// The last of the kernel's signals on amd64 and arm64 (linux/asm-generic/signal.h, _NSIG).
const lastSignal = 64

// signals is what this process hears, each kind in a channel of its own: a storm of one crowds no other out.
type signals struct {
	stops  chan os.Signal
	others chan os.Signal
	deaths chan os.Signal // one that waits stands for all
}

func listen() signals {
	heard := signals{make(chan os.Signal, 16), make(chan os.Signal, 64), make(chan os.Signal, 1)}
	signal.Notify(heard.stops, stops...)
	signal.Notify(heard.deaths, syscall.SIGCHLD)
	signal.Notify(heard.others, others()...)
	// Nobody reads it. Taken it is so that a standard error that is closed does not end this process in the middle of
	// a grace (os/signal, "SIGPIPE"); the command finds it as it was.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return heard
}

func others() []os.Signal {
	var found []os.Signal
	for number := syscall.Signal(1); number <= lastSignal; number++ {
		if !slices.Contains(stops, os.Signal(number)) && !slices.Contains(own, os.Signal(number)) {
			found = append(found, number)
		}
	}
	return found
}

// live passes signals on until the command ends, or is to end.
func live(tree *tree, heard signals) int {
	for {
		select {
		case received := <-heard.stops:
			return die(tree, heard, received)
		case received := <-heard.others:
			tree.signal(received)
		case <-heard.deaths:
			tree.reap()
			if tree.ended {
				// What the command leaves behind ends with it, as in a container without a supervisor.
				tree.kill()
				return tree.code
			}
		}
	}
}

// die gives the tree its grace, counted from the signal and not from the request, and kills what is left of it then.
func die(tree *tree, heard signals, first os.Signal) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	began, grace := time.Now(), graceFromEnvironment()
	end := time.NewTimer(grace)
	graces := ask(ctx)
	tree.stop(first)
	for !tree.reap() {
		select {
		case received := <-heard.stops:
			tree.stop(received)
		case received := <-heard.others:
			tree.signal(received)
		case <-heard.deaths:
		case grace = <-graces:
			end.Reset(time.Until(began.Add(grace)))
		case <-end.C:
			if tree.kill() {
				return exitKilled
			}
			return tree.code
		}
	}
	return tree.code
}
