package backend

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/gomlx/core/graph"
)

// counted makes a loop of so many rounds around body, which gets the round's number and a value,
// and returns the next value.
func counted(rounds int32, value *graph.Node, body func(i, value *graph.Node) *graph.Node) *graph.Node {
	g := value.Graph()
	enter := func(g *graph.Graph) (i, v *graph.Node) {
		return graph.Parameter(g, "i", shapes.Make(dtypes.Int32)), graph.Parameter(g, "value", value.Shape())
	}
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		i, _ := enter(g)
		return []*graph.Node{graph.LessThan(i, graph.Const(g, rounds))}
	})
	round := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		i, v := enter(g)
		return []*graph.Node{graph.Add(i, graph.Const(g, int32(1))), body(i, v)}
	})
	return graph.While(cond, round, graph.Const(g, int32(0)), value)[1]
}

func TestLoopsInLoops(t *testing.T) {
	b, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if !b.XLA() {
		t.Skip("no XLA plugin is found. GoMLX's Go backend, which the package then opens, has no loop in a loop")
	}
	for _, test := range []struct {
		name string
		f    func(x *graph.Node) *graph.Node
		want int32
	}{
		{"no loop", func(x *graph.Node) *graph.Node { return graph.Mul(x, x) }, 49},
		{"a loop", func(x *graph.Node) *graph.Node { return counted(4, x, plusNumber) }, 7 + 0 + 1 + 2 + 3},
		{"one behind the other", func(x *graph.Node) *graph.Node { return counted(3, counted(4, x, plusNumber), plusNumber) }, 13 + 0 + 1 + 2},
		{"a loop in a loop", func(x *graph.Node) *graph.Node {
			return counted(3, x, func(i, v *graph.Node) *graph.Node {
				return graph.Add(counted(4, v, plusNumber), i) // each round adds 6 and its number
			})
		}, 7 + 3*6 + 0 + 1 + 2},
		{"two in one, and one behind", func(x *graph.Node) *graph.Node {
			return counted(2, counted(2, x, func(_, v *graph.Node) *graph.Node {
				return counted(3, counted(4, v, plusNumber), plusNumber) // adds 6 and 3
			}), plusNumber)
		}, 7 + 2*9 + 1},
		{"three deep", func(x *graph.Node) *graph.Node {
			return counted(2, x, func(_, v *graph.Node) *graph.Node {
				return counted(3, v, func(_, v *graph.Node) *graph.Node { return counted(4, v, plusNumber) })
			})
		}, 7 + 2*3*6},
		{"a closure in a loop", func(x *graph.Node) *graph.Node {
			return counted(4, x, func(i, v *graph.Node) *graph.Node {
				g := v.Graph()
				add := func(n int32) *graph.Function {
					return graph.NewClosure(g, func(g *graph.Graph) []*graph.Node { return []*graph.Node{graph.Const(g, n)} })
				}
				return graph.Add(v, graph.If(graph.LessThan(i, graph.Const(g, int32(1))), add(100), add(10))[0])
			})
		}, 7 + 100 + 3*10},
	} {
		t.Run(test.name, func(t *testing.T) {
			out, err := graph.CallOnce(b.GoMLX(), test.f, int32(7))
			if err != nil {
				t.Fatal(err)
			}
			if got := out.Value().(int32); got != test.want {
				t.Errorf("got %d. Expected %d", got, test.want)
			}
		})
	}
}

func plusNumber(i, v *graph.Node) *graph.Node { return graph.Add(v, i) }

// TestUnwrap finds the engine itself behind what GoMLX returns.
func TestUnwrap(t *testing.T) {
	golang, best := opened(t)
	for _, b := range []*Backend{golang, best} {
		u, ok := b.GoMLX().(interface{ Unwrap() compute.Backend })
		if !ok {
			t.Fatalf("%s: %T has no Unwrap", b, b.GoMLX())
		}
		engine := u.Unwrap()
		if _, ok := engine.(*xla.Backend); ok != b.XLA() || engine.Name() != b.GoMLX().Name() {
			t.Errorf("%s: got a %T", b, engine)
		}
	}
}
