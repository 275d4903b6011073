package contract

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// BatchMask returns which rows of the batch x are examples (1) and which only fill up the last
// batch of an epoch (0), [batch]. It is nil if all rows are examples. Whatever is computed over a
// whole batch, such as its mean, must leave out the rows that fill it up.
func BatchMask(x *graph.Node) *graph.Node {
	v, ok := model.GetGraphParam(x.Graph(), model.ScopeSeparator+ops.MaskParam)
	if mask, is := v.(*graph.Node); ok && is && mask.Shape().Dim(0) == x.Shape().Dim(0) {
		return mask
	}
	return nil
}

// SetBatchMask sets what BatchMask returns for layers that are added to the graph from now on. A
// Composite that makes a batch of something else, such as the steps of sequences, sets a mask for
// that, and the old mask again when it is done.
func SetBatchMask(mask *graph.Node) {
	model.SetGraphParam(mask.Graph(), model.ScopeSeparator+ops.MaskParam, mask)
}
