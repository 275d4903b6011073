package rt_test

import (
	"errors"
	"testing"
	"unsafe"

	"github.com/gonbml/gonbml/session/rt"
)

type point struct{ x int }

func newPoint(x int, more ...string) (*point, error) {
	return &point{x}, errors.New("none of this runs")
}

func TestInferredVariables(t *testing.T) {
	first := rt.New(rt.Elem(rt.First2V(newPoint)))
	first.x = 3
	again := rt.At(first, unsafe.Pointer(first))
	again.x++
	if first.x != 4 {
		t.Errorf("got %d, want the same variable", first.x)
	}
	list := rt.New(rt.Slice(rt.Pointer(rt.Of(point{}))))
	*list = append(*list, first)
	if (*list)[0].x != 4 {
		t.Errorf("got %v", *list)
	}
}
