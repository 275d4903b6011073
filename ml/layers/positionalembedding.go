package layers

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("PositionalEmbedding", func() contract.Layer { return new(PositionalEmbeddingLayer) })
}

// PositionalEmbeddingLayer adds to each step of a sequence, [batch, steps, features], a vector that
// depends on the step's position, so that layers which ignore order, such as attention, can tell
// steps apart. The vectors are learned and start Glorot-uniform, or they are fixed waves (Vaswani
// et al. 2017): step t gets sin(t/Wavelength^(2i/features)) at feature 2i, and the cosine of the
// same at 2i+1.
type PositionalEmbeddingLayer struct {
	// Steps is the number of learned vectors, and so of steps, at most; 0 means waves.
	Steps int `json:"steps,omitempty"`
	// Wavelength is that of the formula, 10000 by default.
	Wavelength float64 `json:"wavelength,omitempty"`
	// Name is the layer's name in the model; empty means positional_embedding,
	// positional_embedding_1, ...
	Name string `json:"name,omitempty"`
}

// PositionalEmbedding returns a layer that adds learned vectors to sequences of up to the given
// number of steps. See PositionalEmbeddingLayer.
func PositionalEmbedding(steps int, options ...PlainOption) *PositionalEmbeddingLayer {
	l := SinusoidalEmbedding(options...)
	l.Steps = max(steps, 1)
	return l
}

// SinusoidalEmbedding returns a layer that adds sine and cosine waves. See
// PositionalEmbeddingLayer.
func SinusoidalEmbedding(options ...PlainOption) *PositionalEmbeddingLayer {
	return &PositionalEmbeddingLayer{Name: named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *PositionalEmbeddingLayer) On(x *contract.Tensor) *contract.Tensor {
	return contract.On(l, x)
}

// Kind returns "PositionalEmbedding".
func (*PositionalEmbeddingLayer) Kind() string { return "PositionalEmbedding" }

// String returns the layer as its constructor was called.
func (l *PositionalEmbeddingLayer) String() string {
	if l.Steps == 0 {
		return "SinusoidalEmbedding()"
	}
	return fmt.Sprintf("PositionalEmbedding(%d)", l.Steps)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*PositionalEmbeddingLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *PositionalEmbeddingLayer) OutputShape(in []int) ([]int, error) {
	if len(in) != 2 {
		return nil, fmt.Errorf("expected input [batch, steps, features]. Got %s", extent.Dims(in))
	}
	if l.Steps > 0 && in[0] > l.Steps {
		return nil, fmt.Errorf("expected at most %d steps, of which there are vectors. Got %s",
			l.Steps, extent.Dims(in))
	}
	if l.Wavelength < 0 {
		return nil, fmt.Errorf("expected a wavelength above 0. Got %g", l.Wavelength)
	}
	return in, nil
}

// Apply adds the vectors. Learned ones are the variable position_embeddings, [Steps, features].
func (l *PositionalEmbeddingLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	steps, features := x.Shape().Dim(1), x.Shape().Dim(2)
	if l.Steps > 0 {
		table := contract.Weight(scope, "position_embeddings", initializers.GlorotUniform, x,
			l.Steps, features)
		table = graph.SliceAxis(table, 0, graph.AxisRange(0, steps))
		return graph.Add(x, graph.InsertAxes(table, 0))
	}
	table := make([][]float32, steps)
	for t := range table {
		table[t] = make([]float32, features)
		for i := range features {
			part := float64(i/2*2) / float64(features)
			angle := float64(t) / math.Pow(cmp.Or(l.Wavelength, 10000), part)
			if i%2 == 0 {
				table[t][i] = float32(math.Sin(angle))
			} else {
				table[t][i] = float32(math.Cos(angle))
			}
		}
	}
	waves := graph.ConvertDType(graph.Const(x.Graph(), table), x.DType())
	return graph.Add(x, graph.InsertAxes(waves, 0))
}
