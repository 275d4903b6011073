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

// Recurrent is what LSTM and GRU have in common: layers over sequences [batch, steps, features]. On XLA the steps are a loop on the
// device, so that sequences of any length compile equally fast; on the Go backend they are written out in the graph. The gradient is of first
// order: it has no gradient itself.
type Recurrent struct {
	// Units is the size of state and output.
	Units int `json:"units"`
	// Sequences returns the output of every step, [batch, steps, Units]; else that of the last, [batch, Units].
	Sequences bool `json:"sequences,omitempty"`
	// Backwards reads the sequence from its end; with Sequences, the outputs are in the order in which they were made, as in Keras.
	Backwards bool `json:"backwards,omitempty"`
	// Dropout and RecurrentDropout set a part of the inputs and of the state to zero while training; what is dropped is the same at all steps
	// of a sequence (Gal and Ghahramani 2016).
	Dropout          float64 `json:"dropout,omitempty"`
	RecurrentDropout float64 `json:"recurrent_dropout,omitempty"`
	// Initializer of the kernel is GlorotUniform by default; that of the recurrent kernel is Orthogonal.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty of the kernel, and of the recurrent kernel; none by default.
	Penalty          regularizers.Penalty `json:"penalty,omitzero"`
	RecurrentPenalty regularizers.Penalty `json:"recurrent_penalty,omitzero"`
	// Name is the layer's name in the model; empty means lstm, gru, lstm_1, ...
	Name string `json:"name,omitempty"`

	// turned, with Sequences, returns the outputs in the reverse of the order in which they were made.
	turned bool
}

type recurrentOption func(*Settings)

func (o recurrentOption) Set(s *Settings) { o(s) }
func (recurrentOption) RecurrentOption()  {}

// Sequences makes a recurrent layer return the output of every step, as the next recurrent layer needs it.
var Sequences RecurrentOption = recurrentOption(func(s *Settings) { s.Sequences = true })

// Backwards makes a recurrent layer read sequences from their end.
var Backwards RecurrentOption = recurrentOption(func(s *Settings) { s.Backwards = true })

// InputDropout drops this part of a recurrent layer's inputs while training, the same at all steps.
func InputDropout(rate float64) RecurrentOption {
	return recurrentOption(func(s *Settings) { s.Dropout = rate })
}

// RecurrentDropout drops this part of a recurrent layer's state while training, the same at all steps.
func RecurrentDropout(rate float64) RecurrentOption {
	return recurrentOption(func(s *Settings) { s.RecurrentDropout = rate })
}

func newRecurrent(units int, options []RecurrentOption) Recurrent {
	s := Read(options)
	return Recurrent{
		Units: units, Sequences: s.Sequences, Backwards: s.Backwards, Dropout: s.Dropout, RecurrentDropout: s.RecurrentDropout,
		Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name,
	}
}

// text is the layer as its constructor was called.
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

// Autocast is true: the layer computes in the type of the model's policy.
func (*Recurrent) Autocast() bool { return true }

// OutputShape returns [Units], or [steps, Units].
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

// RegularizationLoss is what the penalties of its kernels add to the loss.
func (r *Recurrent) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return ops.Sum(r.Penalty.Of(scope.GetVariable("kernel"), g), r.RecurrentPenalty.Of(scope.GetVariable("recurrent_kernel"), g))
}

// kernels are the kernels for the input and for the state.
func (r *Recurrent) kernels(scope *model.Scope, x *graph.Node, gates int) (kernel, recurrent *graph.Node) {
	kernel = contract.Weight(scope, "kernel", r.Initializer.Or(initializers.GlorotUniform), x, x.Shape().Dim(-1), gates*r.Units)
	recurrent = contract.Weight(scope, "recurrent_kernel", initializers.Orthogonal, x, r.Units, gates*r.Units)
	return kernel, recurrent
}

// passage prepares the way through the sequence x: all its steps are multiplied with the kernel at once, behind the dropout.
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
		Z:         graph.Reshape(flat, steps, batch, width),
		Mask:      dropMask(scope, x, r.RecurrentDropout, batch, r.Units),
		Units:     r.Units,
		Backwards: r.Backwards,
		All:       r.Sequences,
		Turned:    r.turned,
	}
}

// along returns the output of the passage as the layer does, with the batch first.
func (r *Recurrent) along(p *recurrence.Passage) *graph.Node {
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

// sigmoidBack and tanhBack turn the adjoint of a sigmoid's and a hyperbolic tangent's value into that of the argument.
func sigmoidBack(y, adjoint *graph.Node) *graph.Node {
	return graph.Mul(adjoint, graph.Sub(y, graph.Square(y)))
}

func tanhBack(y, adjoint *graph.Node) *graph.Node {
	return graph.Sub(adjoint, graph.Mul(adjoint, graph.Square(y)))
}
