package main

import (
	"math"
	"os"
	"strconv"
	"time"
)

const (
	// What Fargate grants at most (stopTimeout), and what a supervised task's definition says.
	mostSeconds    = 120
	defaultSeconds = 30
)

func graceFromEnvironment() time.Duration {
	number, err := strconv.ParseFloat(os.Getenv("CALLOFF_GRACE"), 64)
	if err != nil || math.IsNaN(number) {
		number = defaultSeconds
	}
	return seconds(number)
}

// seconds makes a duration, within what Fargate grants at all.
func seconds(number float64) time.Duration {
	return time.Duration(min(max(0, number), mostSeconds) * float64(time.Second))
}
