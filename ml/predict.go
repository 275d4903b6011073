package ml

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// predictionBatch is the largest batch that Predict computes at once.
const predictionBatch = 1024

// Predictions are the outputs of a model's last layer.
type Predictions struct {
	// Values holds the outputs of each example after those of the one before.
	Values []float32
	// Shape counts the examples first.
	Shape []int
}

// Flat returns the values and their shape, so that predictions can be data again.
func (p Predictions) Flat() (values []float32, shape []int) { return p.Values, p.Shape }

// Len returns the number of examples.
func (p Predictions) Len() int { return p.Shape[0] }

// Row returns the outputs for example i.
func (p Predictions) Row(i int) []float32 {
	k := size(p.Shape[1:])
	return p.Values[i*k : (i+1)*k]
}

// Classes returns for each example the number of its largest output.
func (p Predictions) Classes() []int {
	classes := make([]int, p.Len())
	for i := range classes {
		row := p.Row(i)
		for k, v := range row {
			if v > row[classes[i]] {
				classes[i] = k
			}
		}
	}
	return classes
}

// Softmax takes the outputs for logits and returns the probabilities that they stand for.
func (p Predictions) Softmax() Predictions {
	q := Predictions{make([]float32, len(p.Values)), slices.Clone(p.Shape)}
	for i := range p.Len() {
		from, to := p.Row(i), q.Row(i)
		top := slices.Max(from)
		var sum float64
		for _, v := range from {
			sum += math.Exp(float64(v - top))
		}
		for k, v := range from {
			to[k] = float32(math.Exp(float64(v-top)) / sum)
		}
	}
	return q
}

// Predict returns the outputs of the last layer for the inputs x. It stops when ctx ends or the cell is interrupted; ctx may
// be nil. The first call for a number of examples compiles the model for it; numbers are rounded up to powers of two, so
// that there are few.
func (m *Model) Predict(ctx context.Context, x any) (Predictions, error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	p, err := m.outputs(ctx, x)
	if err != nil {
		return Predictions{}, fmt.Errorf("ml: Predict: %w", err)
	}
	return p, nil
}

func (m *Model) outputs(ctx context.Context, x any) (Predictions, error) {
	if err := m.enter(ctx); err != nil {
		return Predictions{}, err
	}
	defer m.mu.Unlock()
	if m.mistake != nil {
		return Predictions{}, m.mistake
	}
	a, err := toArray("x", x)
	if err != nil {
		return Predictions{}, err
	}
	a = a.float()
	if err := m.fits(a.shape); err != nil {
		return Predictions{}, err
	}
	if err := m.build(a.shape[1:], 0); err != nil {
		return Predictions{}, err
	}
	b, err := m.device()
	if err != nil {
		return Predictions{}, err
	}
	if m.predict == nil {
		m.predict, err = model.NewExec(b.GoMLX(), m.store, func(scope *model.Scope, x *graph.Node) *graph.Node {
			m.store.SetTraining(x.Graph(), false)
			return m.forward(scope, x)
		})
		if err != nil {
			return Predictions{}, panicError(err)
		}
		m.predict.SetMaxCache(-1)
	}
	n, in, out := a.shape[0], size(a.shape[1:]), m.layers[len(m.layers)-1].out
	p := Predictions{Values: make([]float32, 0, n*size(out)), Shape: append([]int{n}, out...)}
	rows := batchFor(n)
	for first := 0; first < n; first += rows {
		if ctx.Err() != nil {
			return Predictions{}, interrupted(ctx)
		}
		last := min(n, first+rows)
		t, err := tensors.FromShapeForBackend(b.GoMLX(), 0, shapes.Make(dtypes.Float32, append([]int{rows}, a.shape[1:]...)...))
		if err != nil {
			return Predictions{}, err
		}
		err = tensors.MutableFlatData(t, func(flat []float32) { copy(flat, a.floats[first*in:last*in]) })
		if err != nil {
			return Predictions{}, err
		}
		y, err := m.predict.Call1(t)
		if err != nil {
			return Predictions{}, panicError(err)
		}
		err = tensors.ConstFlatData(y, func(flat []float32) {
			p.Values = append(p.Values, flat[:(last-first)*size(out)]...)
		})
		if err != nil {
			return Predictions{}, fmt.Errorf("reading the outputs: %w", err)
		}
		t.FinalizeAll()
		y.FinalizeAll()
	}
	return p, nil
}

// batchFor returns the batch size for n examples: the power of two that holds them, up to predictionBatch.
func batchFor(n int) int {
	if n >= predictionBatch {
		return predictionBatch
	}
	return 1 << bits.Len(uint(max(n, 1)-1))
}
