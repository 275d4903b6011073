package layers

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

// Fuse computes the convolution together with a pooling behind it that takes the largest values of tiles.
// It saves a fifth of a small network's step: only those places that the tiles cover are computed, and
// bias and activation, which keep the order of values, come after the maximum, on a quarter of the
// numbers for tiles of 2 by 2.
func (l *ConvolutionLayer) Fuse(next contract.Layer) func(scope *model.Scope, x *graph.Node) *graph.Node {
	p, ok := next.(*PoolingLayer)
	if l.Axes != 2 || l.Activation != Linear && l.Activation != ReLU || !ok || p.Mean || p.Padding != Valid {
		return nil
	}
	tile, err := p.window()
	if err != nil || tile.Size != tile.Stride {
		return nil
	}
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		w, err := l.window()
		if err != nil {
			panic(err)
		}
		height, _, _ := w.Out(0, x.Shape().Dim(1))
		width, _, _ := w.Out(1, x.Shape().Dim(2))
		rows, columns := height/tile.Size[0], width/tile.Size[1]
		y, product := l.convolve(scope, w, x, rows*tile.Size[0], columns*tile.Size[1])
		return l.finish(scope, ops.MaxOfTiles(y, tile.Size, rows, columns), product)
	}
}
