package ml_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/progress"
)

func TestDigitsAreLearned(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, seed := range []int64{0, 1, 2} {
			m := digitsModel(t, b)
			h := fit(t, m, train, ml.FitConfig{BatchSize: 32, Epochs: 20, Validation: test, Seed: seed})
			scores, err := m.Evaluate(context.Background(), test.X, test.Y)
			if err != nil {
				t.Fatal(err)
			}
			// Over seeds 0 to 9 the accuracy was between 0.9557 and 0.9712 on either backend.
			if a := scores.Accuracy(); a < 0.95 || a > 0.98 {
				t.Errorf("seed %d: accuracy %.4f. Expected 0.95 to 0.98", seed, a)
			}
			if val, _ := h.Last("val_accuracy"); val != scores.Accuracy() {
				t.Errorf("seed %d: the last val_accuracy is %v, Evaluate says %v", seed, val, scores.Accuracy())
			}
			values := h.Values("loss")
			if len(values) != 20 || values[19] > values[0]/5 {
				t.Errorf("seed %d: losses %v", seed, values)
			}
		}
	})
}

func TestSameSeedSameNumbers(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		run := func(seed int64) ([]float64, []float32) {
			m := compiled(t, b, layers.Input(64), layers.Dense(32, layers.ReLU), layers.Dropout(0.2), layers.Dense(10))
			h := fit(t, m, train, ml.FitConfig{BatchSize: 50, Epochs: 3, Validation: test, Seed: seed})
			p, err := m.Predict(context.Background(), test.X)
			if err != nil {
				t.Fatal(err)
			}
			return slices.Concat(h.Values("loss"), h.Values("val_loss")), p.Values
		}
		values, outputs := run(7)
		again, outputsAgain := run(7)
		if !slices.Equal(values, again) || !slices.Equal(outputs, outputsAgain) {
			t.Errorf("the same seed gave other numbers: %v and %v", values, again)
		}
		if other, _ := run(8); slices.Equal(values, other) {
			t.Error("two seeds gave the same numbers")
		}
	})
}

// TestBackendsAgree shows that the loop on the device and the loop of single steps are the same training.
func TestBackendsAgree(t *testing.T) {
	train, test := digits(t)
	var first *ml.History
	for _, b := range backends {
		h := fit(t, digitsModel(t, b), train, ml.FitConfig{BatchSize: 64, Epochs: 3, Validation: test})
		if first == nil {
			first = h
			continue
		}
		for _, name := range h.Names() {
			for i, v := range h.Values(name) {
				if w := first.Values(name)[i]; math.Abs(v-w) > 1e-4*max(1, math.Abs(w)) {
					t.Errorf("%s of epoch %d: %g on the Go backend, %g on %s", name, i+1, w, v, b)
				}
			}
		}
	}
}

// TestLastPartialBatch checks that the last batch counts as the few examples it holds: an epoch over 70 examples in batches of
// 64 must be what two single Fits make of the two batches.
func TestLastPartialBatch(t *testing.T) {
	train, _ := digits(t)
	train = train.Head(70)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		one := digitsModel(t, b)
		h := fit(t, one, train, ml.FitConfig{BatchSize: 64, InOrder: true})
		two := digitsModel(t, b)
		tail := train.Rows([]int{64, 65, 66, 67, 68, 69})
		h1 := fit(t, two, train.Head(64), ml.FitConfig{BatchSize: 64, InOrder: true})
		h2 := fit(t, two, tail, ml.FitConfig{BatchSize: 64, InOrder: true})
		want := (64*h1.Values("loss")[0] + 6*h2.Values("loss")[0]) / 70
		if got := h.Values("loss")[0]; math.Abs(got-want) > 1e-5 {
			t.Errorf("loss %g. Expected %g", got, want)
		}
		p, err := one.Predict(context.Background(), train.X)
		if err != nil {
			t.Fatal(err)
		}
		q, err := two.Predict(context.Background(), train.X)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Values {
			if math.Abs(float64(p.Values[i]-q.Values[i])) > 1e-4 {
				t.Fatalf("output %d: %g. Expected %g", i, p.Values[i], q.Values[i])
			}
		}
	})
}

// counted is a layer that counts how often it is put into a graph: as often as something is traced or compiled.
type counted struct {
	contract.Layer
	built *int
}

func (c counted) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	*c.built++
	return c.Layer.Apply(scope, x)
}

func TestFitGoesOn(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		whole := digitsModel(t, b)
		h := fit(t, whole, train, ml.FitConfig{Epochs: 4, Seed: 5})
		built := 0
		parts := compiled(t, b, layers.Input(64), counted{layers.Dense(64, layers.ReLU), &built}, layers.Dense(10))
		first := fit(t, parts, train, ml.FitConfig{Epochs: 2, Seed: 5})
		before := built
		second := fit(t, parts, train, ml.FitConfig{Epochs: 2, Seed: 5})
		if got := append(first.Values("loss"), second.Values("loss")...); !slices.Equal(got, h.Values("loss")) {
			t.Errorf("two Fits of two epochs: %v. One of four: %v", got, h.Values("loss"))
		}
		if second.Epochs[1].Number != 4 {
			t.Errorf("the last epoch is number %d. Expected 4", second.Epochs[1].Number)
		}
		if built != before || built == 0 {
			t.Errorf("the second Fit built %d graphs, the first %d. Expected none and some", built-before, before)
		}
	})
}

func TestProgressIsShown(t *testing.T) {
	train, test := digits(t)
	var b strings.Builder
	m := digitsModel(t, backends[0])
	_, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{BatchSize: 128, Epochs: 2, Validation: test, Progress: progress.NewText(&b, false)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Training on GoMLX's Go backend", "Epoch 1/2\n11/11 [====================] - ", "ms/step - loss: ", " - accuracy: ", " - val_loss: ", " - val_accuracy: ", "Epoch 2/2"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("expected %q in\n%s", want, b.String())
		}
	}
}
