package ml_test

import (
	"slices"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/layers"
)

func TestDropoutWorksOnlyInTraining(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := ml.Sequential(layers.Input(4), layers.Dropout(0.5))
		m.UseBackend(b)
		x := [][]float32{{1, 2, 3, 4}}
		p, err := m.Predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Values, x[0]) {
			t.Errorf("Predict gave %v. Expected %v", p.Values, x[0])
		}
	})
}
