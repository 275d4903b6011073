package ml

import (
	"context"
	"errors"
	"fmt"

	"github.com/gonbml/gonbml/session"
)

// ErrInterrupted is wrapped by the errors that Fit, Evaluate and Predict return when their context
// ends or the cell is interrupted.
var ErrInterrupted = errors.New("interrupted")

// interrupted is the error for a context that has ended.
func interrupted(ctx context.Context) error {
	return fmt.Errorf("%w: %w", ErrInterrupted, context.Cause(ctx))
}

// whole returns a context that ends with ctx (nil means none) and, in a notebook, when the calling
// cell is interrupted.
func whole(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithCancelCause(ctx)
	cell := session.Context()
	stop := context.AfterFunc(cell, func() { cancel(context.Cause(cell)) })
	return ctx, func() { stop(); cancel(nil) }
}
