package engine_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
)

// recorder is an exec.Output that keeps what a cell shows as text.
type recorder struct {
	onText func(string)

	mu   sync.Mutex
	sb   strings.Builder
	more chan struct{} // closed when there is more text; nil while nobody waits
}

func (r *recorder) add(s string) {
	r.mu.Lock()
	r.sb.WriteString(s)
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
	r.mu.Unlock()
	if r.onText != nil {
		r.onText(s)
	}
}

func (r *recorder) text() string {
	text, _ := r.sofar()
	return text
}

// sofar returns the text, and a channel that is closed when there is more.
func (r *recorder) sofar() (string, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.more == nil {
		r.more = make(chan struct{})
	}
	return r.sb.String(), r.more
}

// until waits for a text that is ok, and returns it, or the text when stop is closed.
func (r *recorder) until(t testing.TB, what string, stop <-chan struct{}, ok func(string) bool) string {
	t.Helper()
	ctx := testlimit.Context(t)
	for {
		text, more := r.sofar()
		if ok(text) {
			return text
		}
		select {
		case <-more:
		case <-stop:
			return r.text()
		case <-ctx.Done():
			t.Fatalf("%s: %v; shown is\n%s", what, context.Cause(ctx), text)
		}
	}
}

func (r *recorder) Stream(_, text string) { r.add(text) }

func (r *recorder) Display(d exec.Display) {
	verb := "display"
	if d.Update {
		verb = "update"
	}
	r.add(fmt.Sprintf("[%s %s]\n", verb, bundleText(d.Data)))
}

func (r *recorder) ClearOutput(bool) { r.add("[clear]\n") }

func (r *recorder) Result(data exec.Bundle, _ map[string]any) { r.add(bundleText(data) + "\n") }

func (r *recorder) Input(context.Context, string, bool) (string, error) { return "", os.ErrInvalid }

func bundleText(b exec.Bundle) string {
	for _, mime := range []string{"text/plain", "text/html", "text/markdown", "image/svg+xml"} {
		if s, ok := b[mime].(string); ok {
			return s
		}
	}
	return fmt.Sprint(b)
}

// user is an output with somebody who answers questions.
type user struct {
	*recorder
	t       *testing.T
	answers []string    // each behind its question
	asked   chan string // hears the questions that nobody answers, if not nil
}

func (u *user) Input(ctx context.Context, question string, _ bool) (string, error) {
	if len(u.answers) > 0 {
		answer, ok := strings.CutPrefix(u.answers[0], question)
		if !ok {
			u.t.Errorf("the cell asks %q, want what begins %q", question, u.answers[0])
		}
		u.answers = u.answers[1:]
		return strings.TrimSpace(answer), nil
	}
	if u.asked == nil {
		u.t.Errorf("the cell asks %q, and there is no answer", question)
		return "", os.ErrInvalid
	}
	u.asked <- question
	<-ctx.Done()
	return "", ctx.Err()
}

// candidates lists completions, each with its detail.
func candidates(c exec.Completions) string {
	var list []string
	for _, item := range c.Items {
		list = append(list, strings.TrimSpace(item.Text+" "+item.Detail))
	}
	return strings.Join(list, "\n")
}
