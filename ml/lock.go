package ml

import "context"

// turn lets one call at a time have a model, as a mutex does, but can be waited for under a context: a callback that calls a method of the model
// it is called by waits for the Fit, and the Fit for it, until somebody interrupts them. It holds one value while a call has the model.
type turn chan struct{}

// take waits for the turn, or, if it is not free, for the context's end.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return interrupted(ctx)
	}
}

// give gives it back.
func (t turn) give() { <-t }
