package ml_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func TestFormsOfData(t *testing.T) {
	m := digitsModel(t, backends[0])
	row := make([]float32, 64)
	for i := range row {
		row[i] = float32(i)
	}
	var bytes [2][8][8]uint8
	for i := range 64 {
		bytes[0][i/8][i%8], bytes[1][i/8][i%8] = uint8(i), uint8(i)
	}
	flat := ml.Sequential(layers.Flatten(), layers.Dense(10))
	flat.UseBackend(backends[0])
	flat.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true})
	tests := []struct {
		name string
		m    *ml.Model
		x, y any
	}{
		{"slices", m, [][]float32{row, row}, []int{1, 2}},
		{"float64", m, [][]float64{make([]float64, 64), make([]float64, 64)}, []uint8{1, 2}},
		{"tensors", m, tensors.FromValue([][]float32{row, row}), tensors.FromValue([]int64{1, 2})},
		{"column of classes", m, [][]float32{row, row}, [][]int32{{1}, {2}}},
		{"arrays of bytes", flat, bytes, []float64{1, 2}},
		{"array of package data", m, data.Array{Values: slices.Concat(row, row), Shape: []int{2, 64}}, []int64{1, 2}},
	}
	for _, test := range tests {
		if _, err := test.m.Evaluate(t.Context(), test.x, test.y); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
