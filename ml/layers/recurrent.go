package layers

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/ops"
	"github.com/gonbml/gonbml/ml/internal/recurrence"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// Recurrent is what LSTM and GRU have in common: they are layers over sequences, [batch, steps,
// features]. On XLA the steps are a loop on the device, so that sequences of any length compile
// equally fast. On the Go backend the steps are written out in the graph. There is a gradient of
// first order only: it has no gradient itself.
type Recurrent struct {
	// Units is the size of the state and of the output.
	Units int `json:"units"`
	// Sequences returns the output of every step, [batch, steps, Units], instead of that of the
	// last one, [batch, Units].
	Sequences bool `json:"sequences,omitempty"`
	// Backwards reads the sequence from its end. With Sequences, the outputs are in the order in
	// which they were computed, as in Keras.
	Backwards bool `json:"backwards,omitempty"`
	// Dropout and RecurrentDropout are the parts of the inputs and of the state that are set to
	// zero during training, the same at all steps of a sequence (Gal and Ghahramani 2016).
	Dropout          float64 `json:"dropout,omitempty"`
	RecurrentDropout float64 `json:"recurrent_dropout,omitempty"`
	// Initializer is that of the kernel, GlorotUniform by default. The recurrent kernel's is
	// Orthogonal.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty is that of the kernel, RecurrentPenalty that of the recurrent kernel; none by
	// default.
	Penalty          regularizers.Penalty `json:"penalty,omitzero"`
	RecurrentPenalty regularizers.Penalty `json:"recurrent_penalty,omitzero"`
	// Name is the layer's name in the model; empty means lstm, gru, lstm_1, ...
	Name string `json:"name,omitempty"`

	// reversed, with Sequences, returns the outputs in the reverse of the order in which they were
	// computed.
	reversed bool
}

type recurrentOption func(*Settings)

func (o recurrentOption) Set(s *Settings) { o(s) }
func (recurrentOption) RecurrentOption()  {}

// Sequences makes a recurrent layer return the output of every step, which another recurrent layer
// after it needs.
var Sequences RecurrentOption = recurrentOption(func(s *Settings) { s.Sequences = true })

// Backwards makes a recurrent layer read sequences from the end.
var Backwards RecurrentOption = recurrentOption(func(s *Settings) { s.Backwards = true })

// InputDropout drops the given part of a recurrent layer's inputs during training, the same at all
// steps.
func InputDropout(rate float64) RecurrentOption {
	return recurrentOption(func(s *Settings) { s.Dropout = rate })
}

// RecurrentDropout drops the given part of a recurrent layer's state during training, the same at
// all steps.
func RecurrentDropout(rate float64) RecurrentOption {
	return recurrentOption(func(s *Settings) { s.RecurrentDropout = rate })
}

func newRecurrent(units int, options []RecurrentOption) Recurrent {
	s := Read(options)
	return Recurrent{
		Units: units, Sequences: s.Sequences, Backwards: s.Backwards,
		Dropout: s.Dropout, RecurrentDropout: s.RecurrentDropout,
		Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name,
	}
}

// text returns the layer as the constructor of a kind was called.
func (r *Recurrent) text(kind string) string {
	s := fmt.Sprintf("%s(%d", kind, r.Units)
	if r.Sequences {
		s += ", sequences"
	}
	if r.Backwards {
		s += ", backwards"
	}
	return s + ")"
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*Recurrent) Autocast() bool { return true }

// OutputShape returns [Units], or [steps, Units] with Sequences.
func (r *Recurrent) OutputShape(in []int) ([]int, error) {
	if r.Units <= 0 {
		return nil, fmt.Errorf("expected a positive number of units. Got %d", r.Units)
	}
	for _, rate := range []float64{r.Dropout, r.RecurrentDropout} {
		if err := checkRate(rate); err != nil {
			return nil, err
		}
	}
	if err := checkAll(r.Initializer, r.Penalty, r.RecurrentPenalty); err != nil {
		return nil, err
	}
	if len(in) != 2 {
		return nil, fmt.Errorf("expected input [batch, steps, features]. Got %s", extent.Dims(in))
	}
	if r.Sequences {
		return []int{in[0], r.Units}, nil
	}
	return []int{r.Units}, nil
}

// RegularizationLoss returns what the layer's penalties add to the loss.
func (r *Recurrent) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return ops.Sum(r.Penalty.Of(scope.GetVariable("kernel"), g),
		r.RecurrentPenalty.Of(scope.GetVariable("recurrent_kernel"), g))
}

// kernels returns the kernels for the input and for the state.
func (r *Recurrent) kernels(
	scope *model.Scope, x *graph.Node, gates int,
) (kernel, recurrent *graph.Node) {
	init := r.Initializer.Or(initializers.GlorotUniform)
	features, width := x.Shape().Dim(-1), gates*r.Units
	kernel = contract.Weight(scope, "kernel", init, x, features, width)
	recurrent = contract.Weight(scope, "recurrent_kernel", initializers.Orthogonal, x, r.Units,
		width)
	return kernel, recurrent
}

// passage prepares the passage through the sequence x: after the dropout, all its steps are
// multiplied by the kernel at once.
func (r *Recurrent) passage(scope *model.Scope, x, kernel, bias *graph.Node) *recurrence.Passage {
	batch, steps, features := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	if mask := dropMask(scope, x, r.Dropout, batch, 1, features); mask != nil {
		x = graph.Mul(x, mask)
	}
	x = graph.TransposeAllAxes(x, 1, 0, 2)
	width := kernel.Shape().Dim(1)
	flat := graph.MatMul(graph.Reshape(x, batch*steps, features), kernel)
	flat = graph.Add(flat, graph.Reshape(bias, 1, width))
	return &recurrence.Passage{
		Inputs:    graph.Reshape(flat, steps, batch, width),
		Mask:      dropMask(scope, x, r.RecurrentDropout, batch, r.Units),
		Units:     r.Units,
		Backwards: r.Backwards,
		Sequences: r.Sequences,
		Reversed:  r.reversed,
	}
}

// output returns the output of the passage with the batch as the first axis.
func (r *Recurrent) output(p *recurrence.Passage) *graph.Node {
	y := p.Output()
	if r.Sequences {
		y = graph.TransposeAllAxes(y, 1, 0, 2)
	}
	return y
}

// columns returns the i-th block of columns of a matrix.
func columns(z *graph.Node, i, width int) *graph.Node {
	return graph.Slice(z, graph.AxisRange(), graph.AxisRange(i*width, (i+1)*width))
}

// sigmoidBack and tanhBack return the adjoint of the argument of a sigmoid or a hyperbolic tangent,
// given its value y and the adjoint of that.
func sigmoidBack(y, adjoint *graph.Node) *graph.Node {
	return graph.Mul(adjoint, graph.Sub(y, graph.Square(y)))
}

func tanhBack(y, adjoint *graph.Node) *graph.Node {
	return graph.Sub(adjoint, graph.Mul(adjoint, graph.Square(y)))
}
