package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

func init() {
	Register("Embedding", func() contract.Layer { return new(EmbeddingLayer) })
}

// EmbeddingLayer replaces each integer of its input by a learned vector: [batch, steps] becomes
// [batch, steps, Dim]. The vectors start uniform within ±0.05, as in Keras. An integer below 0 or
// above Words-1 gets the first or the last vector.
type EmbeddingLayer struct {
	// Words is the number of vectors, for the integers from 0 to Words-1.
	Words int `json:"words"`
	// Dim is the size of each vector.
	Dim int `json:"dim"`
	// Initializer is that of the vectors, RandomUniform by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty is that of the vectors; none by default.
	Penalty regularizers.Penalty `json:"penalty,omitzero"`
	// Name is the layer's name in the model; empty means embedding, embedding_1, ...
	Name string `json:"name,omitempty"`
}

// Embedding returns a layer with a vector of size dim for each of the given number of words. See
// EmbeddingLayer.
func Embedding(words, dim int, options ...EmbeddingOption) *EmbeddingLayer {
	s := Read(options)
	return &EmbeddingLayer{
		Words: words, Dim: dim, Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name,
	}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *EmbeddingLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Embedding".
func (*EmbeddingLayer) Kind() string { return "Embedding" }

// String returns the layer as Embedding was called.
func (l *EmbeddingLayer) String() string { return fmt.Sprintf("Embedding(%d, %d)", l.Words, l.Dim) }

// OutputShape returns in with Dim as an additional last axis.
func (l *EmbeddingLayer) OutputShape(in []int) ([]int, error) {
	if l.Words <= 0 || l.Dim <= 0 {
		return nil, fmt.Errorf("expected a positive number of words and size of vectors. Got %d and %d",
			l.Words, l.Dim)
	}
	return append(slices.Clone(in), l.Dim), checkAll(l.Initializer, l.Penalty)
}

// Apply looks up the vectors in the variable embeddings, [Words, Dim].
func (l *EmbeddingLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	init := l.Initializer.Or(initializers.RandomUniform)
	shape := shapes.Make(dtypes.Float32, l.Words, l.Dim)
	table := contract.Variable(scope, "embeddings", init, shape).NodeValue(x.Graph())
	word := graph.ConvertDType(graph.ClipScalar(x, 0, float64(l.Words-1)), dtypes.Int32)
	return graph.Gather(table, graph.InsertAxes(word, -1))
}

// RegularizationLoss returns what the layer's penalties add to the loss.
func (l *EmbeddingLayer) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("embeddings"), g)
}
