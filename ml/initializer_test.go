package ml_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

func TestInitialWeights(t *testing.T) {
	m := digitsModel(t, backends[0])
	if err := m.Build(9); err != nil {
		t.Fatal(err)
	}
	values := tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/dense/kernel").MustValue())
	limit := float32(math.Sqrt(6. / (64 + 64)))
	var squares float64
	for _, v := range values {
		squares += float64(v) * float64(v)
	}
	if slices.Max(values) > limit || slices.Max(values) < 0.99*limit || slices.Min(values) < -limit {
		t.Errorf("weights from %g to %g. Expected uniform in ±%g", slices.Min(values), slices.Max(values), limit)
	}
	if got, want := squares/float64(len(values)), float64(limit*limit/3); math.Abs(got-want) > 0.05*want {
		t.Errorf("variance %g. Expected about %g", got, want)
	}
	for _, v := range tensors.MustCopyFlatData[float32](m.Store().GetVariable("/model/dense/bias").MustValue()) {
		if v != 0 {
			t.Fatalf("a bias starts at %g. Expected 0", v)
		}
	}
}
