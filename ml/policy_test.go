package ml_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

func ExampleModel_UsePolicy() {
	m := ml.Sequential(layers.Input(4), layers.Dense(8, layers.ReLU), layers.Dense(1))
	if err := m.UsePolicy(ml.MixedBFloat16); err != nil {
		fmt.Println(err)
		return
	}
	m.Build(0)
	fmt.Println(m.Policy(), m.Store().GetVariable("/model/dense/kernel").DType())
	// Output: mixed_bfloat16 Float32
}

// TestMixedPrecision trains a network with layers of every sort in bfloat16 and looks at what stays in float32.
func TestMixedPrecision(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := compiled(t, b, layers.Input(64), layers.Reshape(8, 8, 1), layers.Conv2D(8, 3, layers.ReLU, regularizers.L2(1e-5)), layers.MaxPooling2D(2), layers.BatchNormalization(),
			layers.Flatten(), layers.Dropout(0.1), layers.Dense(32, layers.Tanh), layers.LayerNormalization(), layers.Dense(10))
		if err := m.UsePolicy(ml.MixedBFloat16); err != nil {
			t.Fatal(err)
		}
		fit(t, m, train, ml.FitConfig{BatchSize: 32, Epochs: 8})
		s, err := m.Evaluate(t.Context(), test.X, test.Y)
		if err != nil {
			t.Fatal(err)
		}
		// float32 gives 0.95 to 0.98.
		if s.Accuracy() < 0.93 {
			t.Errorf("accuracy %.4f. Expected at least 0.93", s.Accuracy())
		}
		for v := range m.Store().IterVariables() {
			if v.DType() == dtypes.BFloat16 {
				t.Errorf("%s is in bfloat16", v.Path())
			}
		}
		loaded := reload(t, b, m, test.X)
		if got, err := loaded.Evaluate(t.Context(), test.X, test.Y); err != nil || got.Loss != s.Loss || loaded.Policy() != ml.MixedBFloat16 {
			t.Errorf("loaded: %v in %s, %v. Saved: %v", got, loaded.Policy(), err, s)
		}
		if err := m.UsePolicy(ml.Float32); err != nil {
			t.Fatal(err)
		}
		full, err := m.Evaluate(t.Context(), test.X, test.Y)
		if err != nil || full.Loss == s.Loss || math.Abs(full.Loss-s.Loss) > 0.05 {
			t.Errorf("loss %v in bfloat16, %v in float32 (%v). Expected a small difference", s.Loss, full.Loss, err)
		}
		if err := m.UsePolicy("float8"); err == nil {
			t.Error("an unknown policy is accepted")
		}
	})
}
