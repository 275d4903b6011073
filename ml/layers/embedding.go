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

// EmbeddingLayer replaces each whole number of its input by a learned vector: [batch, steps] becomes [batch, steps, Dim]. The vectors start
// uniform within ±0.05, as in Keras. A number outside 0 to Words-1 gets the nearest word's vector.
type EmbeddingLayer struct {
	// Words is how many numbers there are.
	Words int `json:"words"`
	// Dim is the vectors' size.
	Dim int `json:"dim"`
	// Initializer of the vectors is RandomUniform by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty of the vectors; none by default.
	Penalty regularizers.Penalty `json:"penalty,omitzero"`
	// Name is the layer's name in the model; empty means embedding, embedding_1, ...
	Name string `json:"name,omitempty"`
}

// Embedding returns a layer with a vector of size dim for each of so many words. See EmbeddingLayer.
func Embedding(words, dim int, options ...EmbeddingOption) *EmbeddingLayer {
	s := Read(options)
	return &EmbeddingLayer{Words: words, Dim: dim, Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name}
}

// On applies the layer to a value of a model that is being put together. See contract.On.
func (l *EmbeddingLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Embedding".
func (*EmbeddingLayer) Kind() string { return "Embedding" }

// String returns the layer as Embedding was called.
func (l *EmbeddingLayer) String() string { return fmt.Sprintf("Embedding(%d, %d)", l.Words, l.Dim) }

// OutputShape appends Dim to in.
func (l *EmbeddingLayer) OutputShape(in []int) ([]int, error) {
	if l.Words <= 0 || l.Dim <= 0 {
		return nil, fmt.Errorf("expected a positive number of words and size of vectors. Got %d and %d", l.Words, l.Dim)
	}
	return append(slices.Clone(in), l.Dim), checkAll(l.Initializer, l.Penalty)
}

// Apply looks the vectors up in the variable embeddings [Words, Dim].
func (l *EmbeddingLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	table := contract.Variable(scope, "embeddings", l.Initializer.Or(initializers.RandomUniform), shapes.Make(dtypes.Float32, l.Words, l.Dim)).NodeValue(x.Graph())
	word := graph.ConvertDType(graph.ClipScalar(x, 0, float64(l.Words-1)), dtypes.Int32)
	return graph.Gather(table, graph.InsertAxes(word, -1))
}

// RegularizationLoss is what the penalties of its kernels add to the loss.
func (l *EmbeddingLayer) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("embeddings"), g)
}
