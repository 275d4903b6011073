package ml_test

import (
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
)

// BenchmarkFit measures steps of the article's model (784-64-10, batch 128) on random pictures.
func BenchmarkFit(b *testing.B) {
	for _, device := range backends {
		b.Run(string(device.Choice().Kind), func(b *testing.B) {
			const n = 128 * 100
			x := data.Array{Values: make([]float32, n*784), Shape: []int{n, 784}}
			y := make([]int, n)
			for i := range x.Values {
				x.Values[i] = float32(i%255) / 255
			}
			for i := range y {
				y[i] = i % 10
			}
			m := compiled(b, device, layers.Input(784), layers.Dense(64, layers.ReLU), layers.Dense(10))
			if _, err := m.Fit(b.Context(), x, y, ml.FitConfig{BatchSize: 128, Quiet: true}); err != nil { // compiles
				b.Fatal(err)
			}
			b.ResetTimer()
			h, err := m.Fit(b.Context(), x, y, ml.FitConfig{BatchSize: 128, Epochs: b.N, Quiet: true})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(h.StepTime().Nanoseconds())/1e6, "ms/step")
		})
	}
}

func BenchmarkPredictOne(b *testing.B) {
	for _, device := range backends {
		b.Run(string(device.Choice().Kind), func(b *testing.B) {
			m := compiled(b, device, layers.Input(784), layers.Dense(64, layers.ReLU), layers.Dense(10))
			x := data.Array{Values: make([]float32, 784), Shape: []int{1, 784}}
			if _, err := m.Predict(b.Context(), x); err != nil { // compiles
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := m.Predict(b.Context(), x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
