package ml_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// forever streams a data set again and again.
func forever(d data.Dataset) ml.Stream {
	return func(int) iter.Seq2[ml.Batch, error] {
		return func(yield func(ml.Batch, error) bool) {
			for yield(ml.Batch{X: d.X, Y: d.Y}, nil) {
			}
		}
	}
}

// ExampleEndless trains and validates on examples that are drawn as they are needed.
func ExampleEndless() {
	doubles := ml.Endless(func(epoch int) iter.Seq2[ml.Batch, error] {
		return func(yield func(ml.Batch, error) bool) {
			for i := 0; ; i++ {
				x := float32(i%10) / 10
				if !yield(ml.Batch{X: []float32{x}, Y: []float32{2 * x}}, nil) {
					return
				}
			}
		}
	})
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.Compile(optimizers.Adam{LearningRate: 0.05}, losses.MeanSquaredError{})
	history, err := m.Fit(context.Background(), doubles, nil, ml.FitConfig{
		Epochs: 4, StepsPerEpoch: 100, Validation: ml.Pair(doubles, nil), ValidationSteps: 10, Quiet: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, err := m.Evaluate(context.Background(), doubles, nil, ml.Steps(20))
	fmt.Printf("%d epochs, loss %.2f, %v\n", history.Len(), scores.Loss, err)
	_, err = m.Evaluate(context.Background(), doubles, nil)
	fmt.Println(err)
	// Output:
	// 4 epochs, loss 0.00, <nil>
	// ml: Evaluate: expected ml.Steps for an ml.Endless stream, which does not end by itself: say after how many steps to stop. Got none
}

func TestStreamWithoutEnd(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		h, err := m.Fit(t.Context(), forever(train.Head(40)), nil, ml.FitConfig{Epochs: 2, BatchSize: 25, StepsPerEpoch: 7, Quiet: true})
		if err != nil || h.Len() != 2 || h.Epochs[1].Steps != 7 {
			t.Fatalf("%v, %v. Expected 2 epochs of 7 steps", h, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		stop := &every{n: 50, f: func(*ml.Run) { cancel() }}
		h, err = m.Fit(ctx, forever(train.Head(40)), nil, ml.FitConfig{Quiet: true, Callbacks: []ml.Callback{stop}})
		if !errors.Is(err, ml.ErrInterrupted) || h.Len() != 0 || !strings.Contains(err.Error(), "stopped in epoch 1 of 1, at step 50;") {
			t.Errorf("%d epochs, %v", h.Len(), err)
		}
	})
}

// TestValidationWithoutEnd validates on the first 3 steps of 20 of a stream without end, which are 60 examples in memory.
func TestValidationWithoutEnd(t *testing.T) {
	train, test := digits(t)
	train, test = train.Head(100), test.Head(60)
	// The stream has the examples in 3 batches and then others, which must not be looked at.
	stream := ml.Endless(func(int) iter.Seq2[ml.Batch, error] {
		return func(yield func(ml.Batch, error) bool) {
			for i := 0; i < 3; i++ {
				rows := test.Rows(from(20*i, 20*i+20))
				if !yield(ml.Batch{X: rows.X, Y: rows.Y}, nil) {
					return
				}
			}
			for yield(ml.Batch{X: train.X, Y: train.Y}, nil) {
			}
		}
	})
	onEach(t, func(t *testing.T, b *backend.Backend) {
		want := fit(t, digitsModel(t, b), train, ml.FitConfig{Epochs: 2, Validation: test})
		m := digitsModel(t, b)
		got := fit(t, m, train, ml.FitConfig{Epochs: 2, Validation: ml.Pair(stream, nil), ValidationSteps: 3})
		scores, err := m.Evaluate(t.Context(), stream, nil, ml.Steps(3))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range append(got.Values("val_loss"), scores.Loss) {
			if w := want.Values("val_loss")[min(i, 1)]; math.Abs(v-w) > 1e-5*max(1, w) {
				t.Errorf("validation %d: loss %g. The same examples in memory have %g", i+1, v, w)
			}
		}
	})
}

// TestEndlessNeedsSteps has a mistake in each place where a stream or a number of steps is given.
func TestEndlessNeedsSteps(t *testing.T) {
	train, _ := digits(t)
	d := train.Head(20)
	endless := ml.Endless(forever(d))
	m := digitsModel(t, backends[0])
	fitError := func(x, y any, c ml.FitConfig) error {
		c.Quiet = true
		_, err := m.Fit(t.Context(), x, y, c)
		return err
	}
	evaluateError := func(x, y any, o ...ml.EvaluateOption) error {
		_, err := m.Evaluate(t.Context(), x, y, o...)
		return err
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{fitError(endless, nil, ml.FitConfig{}), "expected FitConfig.StepsPerEpoch for an ml.Endless stream"},
		{fitError(d.X, d.Y, ml.FitConfig{Validation: ml.Pair(endless, nil)}), "validation data: expected FitConfig.ValidationSteps for an ml.Endless stream"},
		{evaluateError(endless, nil), "expected ml.Steps for an ml.Endless stream"},
		{evaluateError(endless, nil, ml.Steps(0)), "expected ml.Steps of 1 or more. Got 0"},
		{evaluateError(d.X, d.Y, ml.Steps(1)), "expected ml.Steps with a Stream. Got 1 for examples in memory"},
		{fitError(d.X, d.Y, ml.FitConfig{StepsPerEpoch: 2}), "expected FitConfig.StepsPerEpoch with a Stream"},
		{fitError(d.X, d.Y, ml.FitConfig{Validation: d, ValidationSteps: 2}), "expected FitConfig.ValidationSteps with a Stream"},
		{fitError(d.X, d.Y, ml.FitConfig{ValidationSteps: 2}), "Got no validation data"},
		{fitError(d.X, d.Y, ml.FitConfig{ValidationSteps: -1}), "ValidationSteps of 0 or more"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("%v. Expected %q", test.err, test.want)
		}
	}
}

// TestEndlessUnsaidIsInterrupted evaluates a stream that nobody called endless: it goes on until it is interrupted, and the error says what ends it the next time.
func TestEndlessUnsaidIsInterrupted(t *testing.T) {
	train, _ := digits(t)
	d := train.Head(20)
	// interrupting ends the context when the stream is asked for its hundredth batch.
	interrupting := func(cancel func()) any {
		return (func(int) iter.Seq2[ml.Batch, error])(func(int) iter.Seq2[ml.Batch, error] {
			return func(yield func(ml.Batch, error) bool) {
				for i := 0; yield(ml.Batch{X: d.X, Y: d.Y}, nil); i++ {
					if i == 100 {
						cancel()
					}
				}
			}
		})
	}
	m := digitsModel(t, backends[0])
	ctx, cancel := context.WithCancel(t.Context())
	_, err := m.Evaluate(ctx, interrupting(cancel), nil)
	if !errors.Is(err, ml.ErrInterrupted) || !strings.Contains(err.Error(), "ml.Steps ends one that does not end by itself") {
		t.Errorf("Evaluate: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	_, err = m.Fit(ctx, d.X, d.Y, ml.FitConfig{Quiet: true, Validation: ml.Pair(interrupting(cancel), nil)})
	if !errors.Is(err, ml.ErrInterrupted) || !strings.Contains(err.Error(), "FitConfig.ValidationSteps ends one that does not end by itself") {
		t.Errorf("Fit: %v", err)
	}
}
