package ml_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
)

// chunks streams a data set in order, so many examples at a time, through one buffer that it uses again.
func chunks(d data.Dataset, sizes ...int) ml.Stream {
	return func(int) iter.Seq2[ml.Batch, error] {
		return func(yield func(ml.Batch, error) bool) {
			var x []float32
			var y []int32
			for at, i := 0, 0; at < d.Len(); i++ {
				n := min(sizes[i%len(sizes)], d.Len()-at)
				x, y = x[:0], y[:0]
				for k := at; k < at+n; k++ {
					x = append(x, d.X.Row(k)...)
					y = append(y, int32(d.Y[k]))
				}
				at += n
				if !yield(ml.Batch{X: data.Array{Values: x, Shape: []int{n, 64}}, Y: y}, nil) {
					return
				}
			}
		}
	}
}

// TestStreamIsTheSameAsArrays trains on the same examples in both forms, the stream in batches of sizes that fit no step.
func TestStreamIsTheSameAsArrays(t *testing.T) {
	train, test := digits(t)
	train = train.Head(330)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		config := ml.FitConfig{BatchSize: 32, Epochs: 3, InOrder: true, Validation: test, Quiet: true}
		whole := digitsModel(t, b)
		want := fit(t, whole, train, config)
		config.Validation = ml.Pair(chunks(test, 100), nil)
		for _, sizes := range [][]int{{32}, {7, 50, 1}, {1000}} {
			m := digitsModel(t, b)
			h, err := m.Fit(t.Context(), chunks(train, sizes...), nil, config)
			if err != nil {
				t.Fatal(err)
			}
			if h.Epochs[0].Steps != 11 || len(h.Epochs[0].Batches) != 11 {
				t.Errorf("%d steps, %d recorded. Expected 11", h.Epochs[0].Steps, len(h.Epochs[0].Batches))
			}
			for _, name := range want.Names() {
				for i, v := range h.Values(name) {
					if w := want.Values(name)[i]; math.Abs(v-w) > 1e-5*max(1, math.Abs(w)) {
						t.Errorf("batches of %v: %s of epoch %d is %g, %g with arrays", sizes, name, i+1, v, w)
					}
				}
			}
			s, err := m.Evaluate(t.Context(), chunks(test, 33), nil)
			if v, _ := h.Last("val_loss"); err != nil || math.Abs(s.Loss-v) > 1e-6 {
				t.Errorf("Evaluate: %v, %v. Expected loss %g", s, err, v)
			}
		}
	})
}

// TestStreamIsCompiledOnce counts the graphs that are built: the partial last step and later epochs bring none.
func TestStreamIsCompiledOnce(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		built, before := 0, 0
		m := compiled(t, b, layers.Input(64), counted{layers.Dense(64, layers.ReLU), &built}, layers.Dense(10))
		count := callbacks.Hooks{OnEpochBegin: func(r *ml.Run) error {
			if r.Epoch == 1 {
				before = built
			}
			return nil
		}}
		h, err := m.Fit(t.Context(), chunks(train.Head(200), 30), nil, ml.FitConfig{Epochs: 3, Quiet: true, Callbacks: []ml.Callback{count}})
		if err != nil || h.Epochs[2].Steps != 7 {
			t.Fatalf("%v, %v. Expected 3 epochs of 7 steps", h, err)
		}
		if built != before || built == 0 {
			t.Errorf("%d graphs before the first step, %d behind the last", before, built)
		}
	})
}

// TestStreamWithEmptyBatches has them where the size of a step is still to be found, and later.
func TestStreamWithEmptyBatches(t *testing.T) {
	train, _ := digits(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	h, err := digitsModel(t, backends[0]).Fit(ctx, chunks(train.Head(100), 0, 40), nil, ml.FitConfig{Quiet: true})
	if err != nil || h.Epochs[0].Steps != 3 {
		t.Errorf("%v, %v. Expected an epoch of 3 steps", h, err)
	}
}

func TestStreamWithWeights(t *testing.T) {
	train, _ := digits(t)
	train = train.Head(90)
	classes := map[int]float64{1: 3, 2: 0}
	want := fit(t, digitsModel(t, backends[0]), train, ml.FitConfig{BatchSize: 20, InOrder: true, ClassWeights: classes})
	h, err := digitsModel(t, backends[0]).Fit(t.Context(), chunks(train, 33), nil, ml.FitConfig{BatchSize: 20, ClassWeights: classes, Quiet: true})
	if err != nil || math.Abs(h.Values("loss")[0]-want.Values("loss")[0]) > 1e-6 {
		t.Errorf("%v, %v. Expected %v", h, err, want)
	}
}

// TestStreamThatWaitsIsInterrupted has a stream that never comes to its next batch.
func TestStreamThatWaitsIsInterrupted(t *testing.T) {
	train, _ := digits(t)
	for _, first := range []bool{true, false} {
		never := make(chan struct{})
		late := time.AfterFunc(time.Minute, func() { close(never) }) // in place of waiting for ever
		ctx, cancel := context.WithCancel(t.Context())
		waiting := ml.Stream(func(int) iter.Seq2[ml.Batch, error] {
			return func(yield func(ml.Batch, error) bool) {
				if first && !yield(ml.Batch{X: train.X, Y: train.Y}, nil) {
					return
				}
				cancel()
				<-never
			}
		})
		_, err := digitsModel(t, backends[0]).Fit(ctx, waiting, nil, ml.FitConfig{Quiet: true})
		if !errors.Is(err, ml.ErrInterrupted) {
			t.Errorf("first batch %t: %v", first, err)
		}
		if late.Stop() {
			close(never)
		} else {
			t.Errorf("first batch %t: Fit waited for the stream", first)
		}
	}
}

func TestStreamResumes(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		s := chunks(train.Head(300), 40)
		whole := resumable(t, b)
		h, err := whole.Fit(t.Context(), s, nil, ml.FitConfig{Epochs: 3, Quiet: true})
		if err != nil {
			t.Fatal(err)
		}
		m := resumable(t, b)
		ctx, cancel := context.WithCancel(t.Context())
		stop := &every{n: 11, f: func(*ml.Run) { cancel() }}
		if _, err := m.Fit(ctx, s, nil, ml.FitConfig{Epochs: 3, Quiet: true, Callbacks: []ml.Callback{stop}}); !errors.Is(err, ml.ErrInterrupted) {
			t.Fatal(err)
		}
		again, err := m.Fit(t.Context(), s, nil, ml.FitConfig{Epochs: 3, Quiet: true, Resume: true})
		if err != nil || !slices.Equal(figures(again), figures(h)) {
			t.Errorf("resumed: %v\n%v\nnever cut:\n%v", err, again, h)
		}
	})
}

func TestStreamErrors(t *testing.T) {
	train, _ := digits(t)
	small := train.Head(10)
	boom := errors.New("boom")
	of := func(batches ...any) ml.Stream {
		return func(int) iter.Seq2[ml.Batch, error] {
			return func(yield func(ml.Batch, error) bool) {
				for _, b := range batches {
					var more bool
					switch b := b.(type) {
					case ml.Batch:
						more = yield(b, nil)
					case error:
						more = yield(ml.Batch{}, b)
					case string:
						panic(b)
					}
					if !more {
						return
					}
				}
			}
		}
	}
	good := ml.Batch{X: small.X, Y: small.Y}
	for _, test := range []struct {
		name string
		s    ml.Stream
		y    any
		c    ml.FitConfig
		want string
	}{
		{"empty", of(), nil, ml.FitConfig{}, "expected a stream with at least one example. Got none"},
		{"error at once", of(boom), nil, ml.FitConfig{}, "the stream: boom"},
		{"error later", of(good, good, boom), nil, ml.FitConfig{}, "epoch 1, step 2: the stream: boom"},
		{"panic", of(good, "at the disco"), nil, ml.FitConfig{}, "at the disco"},
		{"with y", of(good), small.Y, ml.FitConfig{}, "expected a Stream without y"},
		{"split", of(good), nil, ml.FitConfig{ValidationSplit: 0.1}, "expected a Stream without y"},
		{"weights later", of(good, ml.Batch{X: small.X, Y: small.Y, Weights: make([]float32, 10)}), nil, ml.FitConfig{}, "with Weights, or none"},
		{"too few targets", of(ml.Batch{X: small.X, Y: small.Y[1:]}), nil, ml.FitConfig{}, "expected as many examples in y as in x, 10. Got 9"},
		{"wrong shape", of(ml.Batch{X: [][]float32{{1, 2}}, Y: []int{1}}), nil, ml.FitConfig{}, "expected x of shape"},
		{"wrong class later", of(good, ml.Batch{X: small.X, Y: slices.Repeat([]int{77}, 10)}), nil, ml.FitConfig{}, "Got 77"},
		{"another type", of(good, ml.Batch{X: small.X, Y: make([]float32, 10)}), nil, ml.FitConfig{}, "one shape and type"},
		{"negative", of(good), nil, ml.FitConfig{StepsPerEpoch: -1}, "expected StepsPerEpoch and ValidationSteps of 0 or more"},
	} {
		test.c.Quiet = true
		before := runtime.NumGoroutine()
		_, err := digitsModel(t, backends[0]).Fit(t.Context(), test.s, test.y, test.c)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v. Expected %q", test.name, err, test.want)
		}
		for end := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("%s: %d goroutines, %d before", test.name, runtime.NumGoroutine(), before)
				break
			}
		}
	}
}

func TestValidationSplit(t *testing.T) {
	train, _ := digits(t)
	d := train.Head(101)
	want := fit(t, digitsModel(t, backends[0]), d.Head(75), ml.FitConfig{Epochs: 2, Validation: d.Rows(from(75, 101))})
	h := fit(t, digitsModel(t, backends[0]), d, ml.FitConfig{Epochs: 2, ValidationSplit: 0.25})
	if !slices.Equal(figures(h), figures(want)) {
		t.Errorf("split:\n%v\nby hand:\n%v", h, want)
	}
	for _, test := range []struct {
		c    ml.FitConfig
		n    int
		want string
	}{
		{ml.FitConfig{ValidationSplit: 1}, 10, "from 0 to below 1"},
		{ml.FitConfig{ValidationSplit: math.NaN()}, 10, "from 0 to below 1"},
		{ml.FitConfig{ValidationSplit: 0.5, Validation: d}, 10, "Got both"},
		{ml.FitConfig{ValidationSplit: 0.5}, 1, "leaves examples to both parts"},
	} {
		test.c.Quiet = true
		e := d.Head(test.n)
		if _, err := digitsModel(t, backends[0]).Fit(t.Context(), e.X, e.Y, test.c); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v. Expected %q", err, test.want)
		}
	}
}

func from(first, end int) (numbers []int) {
	for i := first; i < end; i++ {
		numbers = append(numbers, i)
	}
	return numbers
}

// TestStreamIsToldTheEpoch counts epochs over two Fits, for validation as for training, so that one that is resumed gets what it would have got.
func TestStreamIsToldTheEpoch(t *testing.T) {
	train, test := digits(t)
	told := func(to *[]int, s ml.Stream) ml.Stream {
		return func(epoch int) iter.Seq2[ml.Batch, error] {
			*to = append(*to, epoch)
			return s(epoch)
		}
	}
	var training, validating []int
	m := digitsModel(t, backends[0])
	val := told(&validating, chunks(test.Head(20), 20))
	config := ml.FitConfig{Epochs: 2, Quiet: true, Validation: ml.Pair(val, nil)}
	for range 2 {
		if _, err := m.Fit(t.Context(), told(&training, chunks(train.Head(20), 20)), nil, config); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Evaluate(t.Context(), val, nil); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(training, []int{1, 2, 3, 4}) || !slices.Equal(validating, []int{1, 2, 3, 4, 5}) {
		t.Errorf("told %v in training and %v beside it. Expected 1 to 4 and 1 to 5", training, validating)
	}
}
