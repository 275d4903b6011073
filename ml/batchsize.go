package ml

import (
	"fmt"
	"math/bits"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// BatchSize is how many examples Evaluate and Predict compute at once: m.Predict(ctx, x,
// ml.BatchSize(8)). Their memory grows with it. By default it is as many as fit about 256 MB, by
// the sizes of the layers' outputs, up to 512 and 1024; a Fit validates with FitConfig.BatchSize,
// if that is set.
type BatchSize int

func (b BatchSize) evaluate(p *pass) error { return b.set(&p.batch) }

func (b BatchSize) predict(batch *int) error { return b.set(batch) }

func (b BatchSize) set(to *int) error {
	if b < 1 {
		return fmt.Errorf("expected ml.BatchSize of 1 or more. Got %d", b)
	}
	*to = int(b)
	return nil
}

// PredictOption is an option of Predict: BatchSize.
type PredictOption interface{ predict(batch *int) error }

// fittingBatch returns the largest power of two up to most of which a batch fits about 256 MB. What
// a layer needs beside its output, such as a convolution for its windows, is taken for three times
// that.
func (m *Model) fittingBatch(most int) int {
	const memory, each = 256 << 20, 4 * 4
	size := 1
	for _, c := range m.calls {
		size += extent.Size(c.out)
	}
	fits := max(1, memory/(each*size))
	return min(most, 1<<(bits.Len(uint(fits))-1))
}
