package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// calloff stands in for the API, on a clock that runs by itself: it notes when it was asked.
type calloff struct {
	began  time.Time
	asked  []time.Duration
	answer func(*http.Request) (*http.Response, error)
}

func (c *calloff) RoundTrip(request *http.Request) (*http.Response, error) {
	c.asked = append(c.asked, time.Since(c.began))
	return c.answer(request)
}

func answers(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	header := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return func(*http.Request) (*http.Response, error) {
		content := io.NopCloser(strings.NewReader(body))
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: header, Body: content}, nil
	}
}

func hangs(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, request.Context().Err()
}

// during asks for so long, and tells when it was asked and what was learned.
func during(t *testing.T, asking time.Duration, answer func(*http.Request) (*http.Response, error)) (asked, learned []time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		api := &calloff{began: time.Now(), answer: answer}
		ctx, cancel := context.WithTimeout(t.Context(), asking)
		defer cancel()
		graces := make(chan time.Duration)
		asker := asker{&http.Client{Transport: api}, "http://calloff/self", "token", patience}
		go asker.goOn(ctx, graces)
		for {
			select {
			case grace := <-graces:
				learned = append(learned, grace)
			case <-ctx.Done():
				synctest.Wait()
				asked = api.asked
				return
			}
		}
	})
	return asked, learned
}

func gaps(asked []time.Duration) (found []time.Duration) {
	for i := 1; i < len(asked); i++ {
		found = append(found, asked[i]-asked[i-1])
	}
	return found
}

func TestItIsAskedQuicklyAtFirstAndThenCalmly(t *testing.T) {
	asked, learned := during(t, 119500*time.Millisecond, answers(200, `{"stop_timeout": 30}`))
	// At once, each 250 ms until 10 s, then each second.
	if len(asked) != 41+109 || len(learned) != len(asked) {
		t.Errorf("asked %d times, learned %d", len(asked), len(learned))
	}
	if asked[0] != 0 || asked[40] != 10*time.Second || asked[41] != 11*time.Second {
		t.Errorf("asked at %v", asked[:43])
	}
}

func TestTheLongestDyingOfAnApiThatRefusesIsCheap(t *testing.T) {
	asked, learned := during(t, 119500*time.Millisecond, answers(503, ""))
	if len(asked) != 120 || learned != nil {
		t.Errorf("asked %d times, learned %v", len(asked), learned)
	}
}

func TestRetryAfterIsHeededWithinReason(t *testing.T) {
	for header, expected := range map[string]time.Duration{
		"":                              calm,
		"0":                             quick,
		"2":                             2 * time.Second,
		"3":                             3 * time.Second,
		"86400":                         3 * time.Second,
		"9223372036854775807":           3 * time.Second,
		"99999999999999999999999":       calm,
		"-1":                            calm,
		"Wed, 21 Oct 2026 07:28:00 GMT": calm,
	} {
		asked, _ := during(t, 9500*time.Millisecond, answers(429, "", "Retry-After", header))
		for _, gap := range gaps(asked) {
			if gap != expected {
				t.Errorf("Retry-After %q: asked again after %v", header, gap)
			}
		}
	}
}

func TestWhoHangsIsGivenMoreTimeEachTime(t *testing.T) {
	asked, _ := during(t, 60*time.Second, hangs)
	expected := []time.Duration{4 * time.Second, 7 * time.Second, 13 * time.Second, 13 * time.Second}
	for i, gap := range gaps(asked)[:4] {
		if gap != expected[i] {
			t.Errorf("gaps %v", gaps(asked))
		}
	}
}

func TestAnApiThatTakesFiveSecondsIsHeardAtTheSecondQuestion(t *testing.T) {
	slow := func(request *http.Request) (*http.Response, error) {
		select {
		case <-time.After(5 * time.Second):
			return answers(200, `{"stop_timeout": 7}`)(request)
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
	}
	_, learned := during(t, 10*time.Second, slow)
	if len(learned) != 1 || learned[0] != 7*time.Second {
		t.Errorf("learned %v", learned)
	}
}

func TestARefusedConnectionIsTriedEachSecond(t *testing.T) {
	asked, _ := during(t, 9500*time.Millisecond, func(*http.Request) (*http.Response, error) {
		return nil, errors.New("connection refused")
	})
	if len(asked) != 10 {
		t.Errorf("asked at %v", asked)
	}
}

func TestTheDocumentSaysTheGrace(t *testing.T) {
	for document, expected := range map[string]time.Duration{
		`{"stop_timeout": 30, "cancellation": null}`:                                          30 * time.Second,
		`{"stop_timeout": 30, "cancellation": {"grace": 5, "force_requested": false}}`:        5 * time.Second,
		`{"stop_timeout": 30, "cancellation": {"grace": null, "force_requested": false}}`:     30 * time.Second,
		`{"stop_timeout": 30, "cancellation": {"grace": 5, "force_requested": true}}`:         0,
		`{"stop_timeout": 30, "cancellation": {"grace": 0, "force_requested": false}}`:        0,
		`{"stop_timeout": 1e300, "cancellation": null}`:                                       120 * time.Second,
		`{"stop_timeout": 0.5, "cancellation": null, "status": "running", "new_field": [{}]}`: 500 * time.Millisecond,
	} {
		if grace, err := graceIn([]byte(document)); err != nil || grace != expected {
			t.Errorf("%s: %v %v", document, grace, err)
		}
	}
}

func TestGarbageIsNoDocument(t *testing.T) {
	for _, content := range []string{
		"", "null", "0", "[]", "{}", "<html>", `{"stop_timeout": "30"}`, `{"stop_timeout": 30`, `{"stop_timeout": 1e999}`,
		`{"cancellation": true, "stop_timeout": 30}`, `{"detail": "Forbidden"}`, "\x00\xff",
	} {
		if grace, err := graceIn([]byte(content)); err == nil {
			t.Errorf("%q: %v", content, grace)
		}
	}
}

func TestTheGraceOfTheEnvironment(t *testing.T) {
	for value, expected := range map[string]time.Duration{
		"5": 5 * time.Second, "0.2": 200 * time.Millisecond, "0": 0, "-3": 0, "600": 120 * time.Second, "1e300": 120 * time.Second,
		"Inf": 120 * time.Second, "NaN": 30 * time.Second, "": 30 * time.Second, "soon": 30 * time.Second,
	} {
		t.Setenv("CALLOFF_GRACE", value)
		if grace := graceFromEnvironment(); grace != expected {
			t.Errorf("%q: %v", value, grace)
		}
	}
}
