package ml_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
)

func TestPredictSizes(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		all, err := m.Predict(t.Context(), train.X)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 3, 8, 1024, 1025} {
			p, err := m.Predict(t.Context(), train.Head(n).X)
			if err != nil {
				t.Fatal(err)
			}
			if p.Len() != n || len(p.Values) != n*10 {
				t.Fatalf("%d examples: %d outputs of shape %v", n, len(p.Values), p.Shape)
			}
			for i, v := range p.Values {
				if math.Abs(float64(v-all.Values[i])) > 1e-5 {
					t.Fatalf("%d examples: output %d is %g. Expected %g", n, i, v, all.Values[i])
				}
			}
		}
	})
}

func TestPredictions(t *testing.T) {
	p := ml.Predictions{Values: []float32{0, 2, 1, 100, 99, 98}, Shape: []int{2, 3}}
	if got := p.Classes(); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("classes: %v", got)
	}
	q := p.Softmax()
	want := 1 / (1 + math.Exp(-1) + math.Exp(-2))
	if got := float64(q.Row(1)[0]); math.Abs(got-want) > 1e-6 {
		t.Errorf("probability %g. Expected %g", got, want)
	}
}
