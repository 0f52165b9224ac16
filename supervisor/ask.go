package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// fargateGrace is the longest grace that Fargate grants (stopTimeout), and what a supervised task's definition says.
	fargateGrace = 120 * time.Second
	defaultGrace = 30 * time.Second
	// Between two questions while dying: an immediate kill is at most this late. Later it is asked less often.
	quick    = 250 * time.Millisecond
	calm     = time.Second
	quickFor = 10 * time.Second
	// What one question may take; an API that is slow must not keep the next from being asked.
	patience = 3 * time.Second
	// What is read of an answer at most.
	longest = 1 << 20
)

// Amazon's roots, for images that carry no certificates. The system's own are trusted, too (SSL_CERT_FILE names others).
//
//go:embed roots.pem
var amazonRoots []byte

// news is what Calloff says of this task's cancellation.
type news struct {
	grace time.Duration // 0: at once
}

// task is the part of the task document that matters here.
type task struct {
	StopTimeout  *float64 `json:"stop_timeout"`
	Cancellation *struct {
		Grace          *float64 `json:"grace"`
		ForceRequested bool     `json:"force_requested"`
	} `json:"cancellation"`
}

// ask asks Calloff again and again how this task is to end, and answers a channel with what it says. Nothing comes if
// there is no Calloff around, or while it does not answer: then the grace of the environment counts.
func ask() <-chan news {
	url, token := os.Getenv("CALLOFF_URL"), os.Getenv("CALLOFF_TOKEN")
	if url == "" || token == "" {
		return nil
	}
	answers := make(chan news)
	go func() {
		began, client := time.Now(), client()
		for {
			found, pause := question(client, strings.TrimRight(url, "/")+"/self", token)
			if found != nil {
				answers <- *found
			}
			if usual := pauseAfter(time.Since(began)); pause < usual {
				pause = usual
			}
			time.Sleep(pause)
		}
	}()
	return answers
}

func pauseAfter(asking time.Duration) time.Duration {
	if asking < quickFor {
		return quick
	}
	return calm
}

// question asks once; where it is not answered, it answers how long Calloff wants to be left alone.
func question(client *http.Client, url, token string) (*news, time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, calm
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("User-Agent", "calloff-init")
	answer, err := client.Do(request)
	if err != nil {
		return nil, calm
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, retryAfter(answer.Header)
	}
	found, err := read(content)
	if err != nil {
		return nil, calm
	}
	return found, 0
}

// retryAfter reads the header, but never waits longer than one question may take: time is short here.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return calm
	}
	return min(time.Duration(seconds)*time.Second, patience)
}

// read reads a task document. Before Calloff knows of a cancellation (ECS itself stops the task), the task's own grace
// counts.
func read(content []byte) (*news, error) {
	var document task
	if err := json.Unmarshal(content, &document); err != nil {
		return nil, err
	}
	switch cancellation := document.Cancellation; {
	case cancellation != nil && cancellation.ForceRequested:
		return &news{0}, nil
	case cancellation != nil && cancellation.Grace != nil:
		return &news{seconds(*cancellation.Grace)}, nil
	case document.StopTimeout != nil:
		return &news{seconds(*document.StopTimeout)}, nil
	}
	return nil, errors.New("no task document")
}

func graceFromEnvironment() time.Duration {
	number, err := strconv.ParseFloat(os.Getenv("CALLOFF_GRACE"), 64)
	if err != nil {
		return defaultGrace
	}
	return seconds(number)
}

// seconds makes a duration within what Fargate grants at all.
func seconds(number float64) time.Duration {
	return min(max(0, time.Duration(number*float64(time.Second))), fargateGrace)
}

func client() *http.Client {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	roots.AppendCertsFromPEM(amazonRoots)
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			TLSClientConfig:     &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: patience,
			MaxIdleConns:        1,
			IdleConnTimeout:     time.Minute,
		},
		// The token is for this address alone.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
