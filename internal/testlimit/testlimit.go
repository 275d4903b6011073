// Package testlimit holds the one limit that tests set to what they wait for. Such a limit is there
// for what hangs, so that a test fails with words rather than with the stacks of the whole process;
// it says nothing of how long things take. On empty caches, beside other load, building a worker or
// answering a question takes a hundred times what it takes else, and is right all the same.
// Promises about time (an interrupt within 2.5 s) are no limits: a test that holds one measures it,
// and says so.
package testlimit

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Hang is how long tests wait before they say that something hangs.
const Hang = 10 * time.Minute

// margin is left to a test for its words before the go command's own limit ends the process.
const margin = 10 * time.Second

// left is Hang, or less where the go command ends the tests before that.
func left(t testing.TB) time.Duration {
	if t, ok := t.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, is := t.Deadline(); is {
			return max(time.Second, min(Hang, time.Until(end)-margin))
		}
	}
	return Hang
}

// Context returns a context that ends with the test, or when what it is given to hangs. Its cause
// then says so.
func Context(t testing.TB) context.Context {
	limit := left(t)
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, fmt.Errorf("not done after %v: it hangs", limit))
	t.Cleanup(cancel)
	return ctx
}

// Receive returns the next value from c, or the zero value if c is closed. The test ends where
// neither happens; what names that which is waited for.
func Receive[T any](t testing.TB, what string, c <-chan T) (v T) {
	t.Helper()
	limit := left(t)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case v = <-c:
	case <-timer.C:
		t.Fatalf("%s: nothing after %v: it hangs", what, limit)
	}
	return v
}

// Until asks again and again until ok; the test ends where that does not come. It is for what
// nobody tells: files, other processes.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	limit := left(t)
	for end := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not so after %v: it hangs", what, limit)
		}
	}
}
