package testlimit

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// ending is a test that the go command ends soon, and that keeps what it is ended with.
type ending struct {
	testing.TB
	at   time.Time
	said string
}

func (e *ending) Deadline() (time.Time, bool) { return e.at, true }
func (e *ending) Helper()                     {}
func (e *ending) Fatalf(format string, args ...any) {
	e.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// words returns what a test is ended with that has little time left.
func words(t *testing.T, f func(t testing.TB)) string {
	e := &ending{TB: t, at: time.Now().Add(margin)}
	done := make(chan bool)
	go func() {
		defer close(done)
		f(e)
	}()
	<-done
	return e.said
}

func TestWhatHangsIsTold(t *testing.T) {
	for name, f := range map[string]func(t testing.TB){
		"Receive": func(t testing.TB) { Receive(t, "the answer", make(chan int)) },
		"Until":   func(t testing.TB) { Until(t, "the answer", func() bool { return false }) },
		"Context": func(t testing.TB) {
			ctx := Context(t)
			<-ctx.Done()
			t.Fatalf("the answer: %v", context.Cause(ctx))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := words(t, f); !strings.HasPrefix(got, "the answer: ") || !strings.HasSuffix(got, "it hangs") {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestWhatComesIsWaitedFor(t *testing.T) {
	c := make(chan int, 1)
	c <- 7
	if got := Receive(t, "seven", c); got != 7 {
		t.Errorf("got %d", got)
	}
	close(c)
	if got := Receive(t, "the end", c); got != 0 {
		t.Errorf("got %d", got)
	}
	calls := 0
	Until(t, "three", func() bool { calls++; return calls == 3 })
	if Context(t).Err() != nil {
		t.Error("the context of a test that runs has ended")
	}
	if got := left(&ending{TB: t, at: time.Now().Add(time.Hour)}); got != Hang {
		t.Errorf("with an hour left the limit is %v", got)
	}
}
