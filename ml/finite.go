package ml

import (
	"math"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"
)

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// finite says whether all values of float32 are.
func (w *Weights) finite() bool {
	ok := true
	for _, v := range w.values {
		if v.DType() == dtypes.Float32 {
			v.MustConstFlatData(func(flat any) {
				for _, f := range flat.([]float32) {
					ok = ok && finite(float64(f))
				}
			})
		}
	}
	return ok
}

// largest is the largest finite value by its absolute value.
func (w *Weights) largest() (most float64) {
	for i, v := range w.values {
		if v.DType() != dtypes.Float32 || !strings.HasPrefix(w.paths[i], modelScope+model.ScopeSeparator) {
			continue
		}
		v.MustConstFlatData(func(flat any) {
			for _, f := range flat.([]float32) {
				if a := math.Abs(float64(f)); finite(a) {
					most = max(most, a)
				}
			}
		})
	}
	return most
}
