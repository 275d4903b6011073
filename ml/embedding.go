package ml

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// EmbeddingLayer replaces each whole number of its input by a learned vector: [batch, steps] becomes [batch, steps, Dim]. The vectors start
// uniform within ±0.05, as in Keras. A number outside 0 to Words-1 gets the nearest word's vector.
type EmbeddingLayer struct {
	// Words is how many numbers there are.
	Words int `json:"words"`
	// Dim is the vectors' size.
	Dim int `json:"dim"`
}

// Embedding returns a layer with a vector of size dim for each of so many words. See EmbeddingLayer.
func Embedding(words, dim int) *EmbeddingLayer { return &EmbeddingLayer{words, dim} }

// Kind returns "Embedding".
func (*EmbeddingLayer) Kind() string { return "Embedding" }

// String returns the layer as Embedding was called.
func (l *EmbeddingLayer) String() string { return fmt.Sprintf("Embedding(%d, %d)", l.Words, l.Dim) }

// OutputShape appends Dim to in.
func (l *EmbeddingLayer) OutputShape(in []int) ([]int, error) {
	if l.Words <= 0 || l.Dim <= 0 {
		return nil, fmt.Errorf("expected a positive number of words and size of vectors. Got %d and %d", l.Words, l.Dim)
	}
	return append(slices.Clone(in), l.Dim), nil
}

// Apply looks the vectors up in the variable embeddings [Words, Dim].
func (l *EmbeddingLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	table := RandomUniform.variable(scope, "embeddings", shapes.Make(dtypes.Float32, l.Words, l.Dim)).NodeValue(x.Graph())
	word := graph.ConvertDType(graph.ClipScalar(x, 0, float64(l.Words-1)), dtypes.Int32)
	return graph.Gather(table, graph.InsertAxes(word, -1))
}
