package ml

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gonbml/gonbml/session"
)

// ErrInterrupted is wrapped by the error that Fit, Evaluate and Predict return when their context ends or the cell is
// interrupted.
var ErrInterrupted = errors.New("interrupted")

// interrupted is the error for a context that has ended.
func interrupted(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrInterrupted, context.Cause(ctx))
}

// whole returns a context that ends with ctx (nil means none) and, in a notebook, when the calling cell is interrupted.
func whole(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	cell := session.Context()
	stop := context.AfterFunc(cell, func() { cancel(context.Cause(cell)) })
	return ctx, func() { stop(); cancel(nil) }
}

// building calls f, which builds graph nodes, and returns what it panics with as an error.
func building(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicError(r)
		}
	}()
	f()
	return nil
}

// panicError makes an error of what GoMLX panicked with or returned: its root cause, without the stack trace and the
// names of internal functions that it comes wrapped in.
func panicError(r any) error {
	if err, ok := r.(error); ok {
		if passed, ok := errors.AsType[*layerError](err); ok {
			return passed
		}
		for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
			err = inner
		}
		return errors.New(firstLine(err.Error()))
	}
	return errors.New(firstLine(fmt.Sprint(r)))
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// layerError is a mistake at one layer.
type layerError struct {
	path string
	in   [][]int
	out  []int
	err  error
}

// Error names the layer, what it was given, what it should give, and the reason.
func (e *layerError) Error() string {
	var given []string
	for _, in := range e.in {
		given = append(given, dims(in))
	}
	s := e.path
	if len(given) > 0 {
		s += ", given " + strings.Join(given, " and ")
	}
	if e.out != nil {
		s += fmt.Sprintf(" and expected to return %s", dims(e.out))
	}
	return s + ": " + e.err.Error()
}

// Unwrap returns the reason.
func (e *layerError) Unwrap() error { return e.err }
