package ml_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// TestEveryLayerIsSaved saves and loads a model of each layer, with its settings, and compares what
// both compute.
func TestEveryLayerIsSaved(t *testing.T) {
	for i, c := range append(gradientCases(), gradientCase{layers.Embedding(3, 2), [][]int{{2, 4}}}) {
		var inputs ml.Tensors
		x := ml.Arrays{}
		for k, shape := range c.shapes {
			name := fmt.Sprintf("x%d", k)
			inputs = append(inputs, ml.In(name, shape[1:]...))
			values := make([]float32, 1)
			for _, d := range shape {
				values = slices.Repeat(values, d)
			}
			for j := range values {
				values[j] = float32((j*7+k)%11)/5 - 1
			}
			x[name] = tensors.FromFlatDataAndDimensions(values, shape...)
		}
		m := ml.Functional(inputs, ml.Tensors{contract.On(c.layer, inputs...)})
		m.UseBackend(backends[0])
		if err := m.Build(int64(i)); err != nil {
			t.Fatal(err)
		}
		loaded := reload(t, backends[0], m, x)
		if l := loaded.Layers()[len(inputs)]; fmt.Sprintf("%+v", l) != fmt.Sprintf("%+v", c.layer) && l.String() != c.layer.String() {
			t.Errorf("loaded %+v. Expected %+v", l, c.layer)
		}
	}
}
