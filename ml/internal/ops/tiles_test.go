package ops

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/backend"
)

// Both forms of the largest values of tiles give the gradient to the first of equals.
func TestFirstOfEqualsGetsTheGradient(t *testing.T) {
	best, err := backend.Default()
	if err != nil {
		t.Fatal(err)
	}
	golang, err := backend.NewGo()
	if err != nil {
		t.Fatal(err)
	}
	// Two tiles of 2 by 3: the largest value stands twice in the first, everywhere in the second.
	x := []float32{1, 5, 2, 7, 7, 7, 0, 5, 5, 7, 7, 7}
	want := []float32{0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0}
	for _, b := range []*backend.Backend{golang, best} {
		for _, form := range []string{"reduced", "compared"} {
			out, err := graph.CallOnce(b.GoMLX(), func(x *graph.Node) *graph.Node {
				tl := tiles{size: [2]int{2, 3}, dims: []int{1, 1, 2, 2, 3, 1}}
				reduce, route := tl.reduced, tl.marked
				if form == "compared" {
					reduce, route = tl.compared, tl.chained
				}
				largest := reduce(x)
				return graph.Reshape(route(x, largest, graph.MulScalar(graph.OnesLike(largest), 2)),
					12)
			}, tensors.FromFlatDataAndDimensions(x, 1, 2, 6, 1))
			if err != nil {
				t.Fatal(err)
			}
			for i, g := range tensors.MustCopyFlatData[float32](out) {
				if g != want[i] {
					t.Errorf("%s, %s: place %d got %g. Expected %v", b, form, i, g, want)
				}
			}
		}
	}
}
