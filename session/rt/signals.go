package rt

import "sync/atomic"

var listening atomic.Bool

// Listening returns f, a function of os/signal that cell code calls to hear of signals.
func Listening[F any](f F) F {
	listening.Store(true)
	return f
}

// Listens says whether cell code has ever asked for signals.
func Listens() bool { return listening.Load() }
