package ml

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/array"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/mistake"
)

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
	k := extent.Size(p.Shape[1:])
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

// Predict returns the output for the inputs x, of a model that has one output. It stops when ctx
// ends or the cell is interrupted; ctx may be nil. The first call for a number of examples compiles
// the model for it. Numbers are rounded up to powers of two, so that there are few.
func (m *Model) Predict(ctx context.Context, x any, options ...PredictOption) (Predictions, error) {
	if len(m.names) > 1 {
		return Predictions{}, fmt.Errorf("ml: Predict: expected a model of one output. Got %s; call PredictAll", strings.Join(m.names, ", "))
	}
	ctx, cancel := whole(ctx)
	defer cancel()
	p, err := m.predictions(ctx, x, options)
	if err != nil {
		return Predictions{}, fmt.Errorf("ml: Predict: %w", err)
	}
	return p[0], nil
}

// PredictAll is Predict for any number of outputs, by name.
func (m *Model) PredictAll(ctx context.Context, x any, options ...PredictOption) (map[string]Predictions, error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	p, err := m.predictions(ctx, x, options)
	if err != nil {
		return nil, fmt.Errorf("ml: PredictAll: %w", err)
	}
	all := map[string]Predictions{}
	for i, name := range m.names {
		all[name] = p[i]
	}
	return all, nil
}

func (m *Model) predictions(ctx context.Context, x any, options []PredictOption) ([]Predictions, error) {
	batch := 0
	for _, o := range options {
		if err := o.predict(&batch); err != nil {
			return nil, err
		}
	}
	if err := m.enter(ctx); err != nil {
		return nil, err
	}
	defer m.leave()
	if m.mistake != nil {
		return nil, m.mistake
	}
	in, err := feed("x", x, m.inputNames())
	if err != nil {
		return nil, err
	}
	n := in[0].Shape[0]
	if err := sameCount("x", m.inputNames(), in, n); err != nil {
		return nil, err
	}
	if err := m.fits(in); err != nil {
		return nil, err
	}
	if err := m.build(exampleShapes(in), 0); err != nil {
		return nil, err
	}
	b, err := m.device()
	if err != nil {
		return nil, err
	}
	if m.predict == nil {
		m.predict, err = model.NewExec(b.GoMLX(), m.store, func(scope *model.Scope, x []*graph.Node) []*graph.Node {
			m.store.SetTraining(x[0].Graph(), false)
			return m.forward(scope, x)
		})
		if err != nil {
			return nil, mistake.Of(err)
		}
		m.predict.SetMaxCache(-1)
	}
	var all []Predictions
	for _, out := range m.outputShapes() {
		all = append(all, Predictions{Values: make([]float32, 0, n*extent.Size(out)), Shape: append([]int{n}, out...)})
	}
	for i := range in {
		in[i] = in[i].Float()
	}
	rows := batchFor(n, cmp.Or(batch, m.fittingBatch(1024)))
	for first := 0; first < n; first += rows {
		if ctx.Err() != nil {
			return nil, interrupted(ctx)
		}
		if err := m.predictBatch(b.GoMLX(), in, rows, first, min(n, first+rows), all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// predictBatch appends to all the outputs for the examples from first up to last, in a batch of so
// many rows.
func (m *Model) predictBatch(b compute.Backend, in []*array.Array, rows, first, last int, all []Predictions) error {
	var args []any
	for _, a := range in {
		t, err := tensors.FromShapeForBackend(b, 0, shapes.Make(dtypes.Float32, append([]int{rows}, a.Shape[1:]...)...))
		if err != nil {
			return err
		}
		defer t.FinalizeAll()
		k := extent.Size(a.Shape[1:])
		err = tensors.MutableFlatData(t, func(flat []float32) { copy(flat, a.Floats[first*k:last*k]) })
		if err != nil {
			return err
		}
		args = append(args, t)
	}
	outputs, err := m.predict.Call(args...)
	if err != nil {
		return mistake.Of(err)
	}
	for i, y := range outputs {
		k := extent.Size(all[i].Shape[1:])
		err = tensors.ConstFlatData(y, func(flat []float32) {
			all[i].Values = append(all[i].Values, flat[:(last-first)*k]...)
		})
		if err != nil {
			return fmt.Errorf("reading the outputs: %w", err)
		}
		y.FinalizeAll()
	}
	return nil
}

// batchFor returns the batch size for n examples: the power of two that holds them, up to most.
func batchFor(n, most int) int {
	if n >= most {
		return most
	}
	return min(most, 1<<bits.Len(uint(max(n, 1)-1)))
}
