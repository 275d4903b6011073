package ml_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// cancelAfter ends a context in the given epoch, once a part of it is done, and counts how often training goes on after that.
type cancelAfter struct {
	ml.NoCallback
	epoch     int
	cancel    func()
	cancelled bool
	after     int
}

func (c *cancelAfter) Progress(r *ml.Run) error {
	switch {
	case c.cancelled && r.Phase == ml.Training:
		c.after++
	case r.Epoch == c.epoch && r.Step > 0:
		c.cancelled = true
		c.cancel()
	}
	return nil
}

// TestInterrupt interrupts between two executions: none follows. TestExecutionsAreShort is about how long one takes.
func TestInterrupt(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		ctx, cancel := context.WithCancel(context.Background())
		c := &cancelAfter{epoch: 2, cancel: cancel}
		h, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{BatchSize: 4, Epochs: 1000, Quiet: true, Callbacks: []ml.Callback{c}})
		if c.after > 0 {
			t.Errorf("%d executions after the interrupt. Expected none", c.after)
		}
		if !errors.Is(err, ml.ErrInterrupted) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "stopped in epoch") {
			t.Errorf("error: %v", err)
		}
		// A fast device ends the second epoch in the execution after which the context is looked at.
		if h.Len() != 1 && h.Len() != 2 {
			t.Errorf("the history has %d epochs. Expected those that ended", h.Len())
		}
		scores, err := m.Evaluate(context.Background(), test.X, test.Y)
		if err != nil || scores.Accuracy() < 0.5 {
			t.Errorf("the model after the interrupt: %v, %v. Expected what an epoch teaches", scores, err)
		}
		fit(t, m, train, ml.FitConfig{Epochs: 1})
	})
}

// TestExecutionsAreShort has steps of many durations: the number of steps in an execution settles where one takes at most as long as an interrupt may, or where it
// is one step, and never grows by more than the first executions of a program are slower than the rest.
func TestExecutionsAreShort(t *testing.T) {
	for _, step := range []time.Duration{time.Microsecond, 300 * time.Microsecond, 40 * time.Millisecond, 3 * time.Second} {
		piece := 1
		for range 20 {
			next := ml.NextPiece(piece, time.Duration(piece)*step)
			if next > 8*piece {
				t.Errorf("%d steps after %d", next, piece)
			}
			piece = next
		}
		if took := time.Duration(piece) * step; piece != 1 && took > 200*time.Millisecond || 2*took < 150*time.Millisecond {
			t.Errorf("an execution has %d steps of %v, %v. Expected about 150 ms, or a step", piece, step, took)
		}
	}
}

// stuck is a layer that, once it is to be, cannot be compiled before somebody lets it.
type stuck struct {
	contract.Layer
	now    *atomic.Bool
	let    chan struct{}
	inside chan struct{}
}

func (s stuck) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if s.now.Load() {
		s.inside <- struct{}{}
		<-s.let
	}
	return s.Layer.Apply(scope, x)
}

// TestInterruptWhileCompiling interrupts a compilation that does not end: Fit leaves it behind, and the next one waits until it has ended.
func TestInterruptWhileCompiling(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		layer := stuck{layers.Dense(64, layers.ReLU), new(atomic.Bool), make(chan struct{}), make(chan struct{}, 10)}
		m := compiled(t, b, layers.Input(64), layer, layers.Dense(10))
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			<-layer.inside
			cancel()
		}()
		late := time.AfterFunc(time.Minute, func() { close(layer.let) }) // in place of waiting for ever
		_, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{Quiet: true, Callbacks: []ml.Callback{callbacks.Hooks{OnProgress: func(r *ml.Run) error {
			layer.now.Store(r.Phase == ml.Compiling)
			return nil
		}}}})
		if !errors.Is(err, ml.ErrInterrupted) {
			t.Errorf("error: %v", err)
		}
		if !late.Stop() {
			t.Fatal("Fit waited for the compilation")
		}
		layer.now.Store(false)
		close(layer.let)
		fit(t, m, train, ml.FitConfig{Epochs: 1})
	})
}
