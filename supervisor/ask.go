package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// Between two questions: an immediate kill is at most this late. After quickFor it is asked less often, as it is
	// when no answer came.
	quick    = 250 * time.Millisecond
	calm     = time.Second
	quickFor = 10 * time.Second
	// How long Calloff is left alone at most, if it asks for that (Retry-After): a kill must not wait for longer.
	alone = 3 * time.Second
	// What a question may take. A lost one must not keep the next from being asked for long; but an API that is slow
	// would never be heard, so each question that took too long gives the next one more time, up to patienceAtMost.
	patience       = 3 * time.Second
	patienceAtMost = 12 * time.Second
	// What is read of an answer at most.
	longest = 1 << 20
)

// asker asks Calloff how this task is to end, with the task's own token.
type asker struct {
	client   *http.Client
	url      string
	token    string
	patience time.Duration
}

// ask asks again and again until the context ends, and answers a channel of graces. Nothing comes if there is no
// Calloff around, or while it does not answer: then the grace of the environment counts.
func ask(ctx context.Context) <-chan time.Duration {
	url, token := os.Getenv("CALLOFF_URL"), os.Getenv("CALLOFF_TOKEN")
	if url == "" || token == "" {
		return nil
	}
	graces := make(chan time.Duration)
	asker := asker{client(), strings.TrimRight(url, "/") + "/self", token, patience}
	go asker.goOn(ctx, graces)
	return graces
}

func (a *asker) goOn(ctx context.Context, graces chan<- time.Duration) {
	began, told := time.Now(), false
	for ctx.Err() == nil {
		grace, err := a.question(ctx)
		if err == nil {
			select {
			case graces <- grace:
			case <-ctx.Done():
			}
		} else if !told && ctx.Err() == nil {
			told = true
			say("no answer from Calloff, so the task's own grace counts: %v", err)
		}
		select {
		case <-time.After(max(usual(time.Since(began)), wish(err))):
		case <-ctx.Done():
		}
	}
}

// usual is the pause between two questions that are answered.
func usual(asking time.Duration) time.Duration {
	if asking < quickFor {
		return quick
	}
	return calm
}

// refusal is an answer that says nothing of the task.
type refusal struct {
	status string
	pause  time.Duration
}

func (r refusal) Error() string { return r.status }

// wish is the pause that what went wrong asks for.
func wish(err error) time.Duration {
	var refused refusal
	switch {
	case err == nil:
		return 0
	case errors.As(err, &refused):
		return refused.pause
	}
	return calm
}

// question asks once, and answers the grace.
func (a *asker) question(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, a.patience)
	defer cancel()
	content, err := a.get(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		a.patience = min(2*a.patience, patienceAtMost)
	}
	if err != nil {
		return 0, err
	}
	return graceIn(content)
}

func (a *asker) get(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	request.Header.Set("User-Agent", "calloff-init")
	answer, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, refusal{answer.Status, retryAfter(answer.Header)}
	}
	return io.ReadAll(io.LimitReader(answer.Body, longest))
}

func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return calm
	}
	// Before it is multiplied: a number may be too large for that.
	return time.Duration(min(seconds, int(alone/time.Second))) * time.Second
}

// graceIn reads the grace from a task document. Before Calloff knows of a cancellation (ECS itself stops the task), the
// task's own counts.
func graceIn(content []byte) (time.Duration, error) {
	var task struct {
		StopTimeout  *float64 `json:"stop_timeout"`
		Cancellation *struct {
			Grace          *float64 `json:"grace"`
			ForceRequested bool     `json:"force_requested"`
		} `json:"cancellation"`
	}
	if err := json.Unmarshal(content, &task); err != nil {
		return 0, fmt.Errorf("no task document: %w", err)
	}
	switch cancellation := task.Cancellation; {
	case cancellation != nil && cancellation.ForceRequested:
		return 0, nil
	case cancellation != nil && cancellation.Grace != nil:
		return seconds(*cancellation.Grace), nil
	case task.StopTimeout != nil:
		return seconds(*task.StopTimeout), nil
	}
	return 0, errors.New("no task document")
}
