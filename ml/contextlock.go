package ml

import "context"

// contextLock is a mutex that can be waited for under a context: a callback that calls a method of
// the model it is called by waits for the Fit, and the Fit for it, until somebody interrupts them.
// It holds one value while it is held.
type contextLock chan struct{}

func newContextLock() contextLock { return make(contextLock, 1) }

// acquire waits for the lock, or, if it is not free, for the context's end.
func (l contextLock) acquire(ctx context.Context) error {
	select {
	case l <- struct{}{}:
		return nil
	default:
	}
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return interrupted(ctx)
	}
}

// release lets the next call have it.
func (l contextLock) release() { <-l }
