package multicore_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/support/backendtest"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/backend/multicore"
)

func goBackend(t testing.TB) compute.Backend {
	t.Helper()
	b, err := gobackend.New("ops_sequential")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// planning returns a backend that plans every computation, and works with so many goroutines.
func planning(t *testing.T, cores int) *multicore.Backend {
	t.Helper()
	b := multicore.Wrap(goBackend(t))
	multicore.PlanAll(b)
	multicore.OnCores(b, cores)
	return b
}

// TestCompliance runs GoMLX's own tests of backends with everything planned that can be, however
// small.
func TestCompliance(t *testing.T) { backendtest.RunAll(t, planning(t, 2), nil) }

// computations are functions of [n, 6, 8, 5] numbers in which what is planned meets: each is
// computed with the inner backend, too.
var computations = map[string]func(x *graph.Node) []*graph.Node{
	"a chain": func(x *graph.Node) []*graph.Node {
		y := graph.Sqrt(graph.AddScalar(graph.Square(x), 1))
		return []*graph.Node{graph.Div(graph.Mul(x, y), graph.AddScalar(graph.Exp(graph.Neg(y)), 0.5)), y, graph.Tanh(x), graph.Max(x, graph.OneMinus(x)), graph.Min(x, graph.Sigmoid(x)), graph.Sign(x), graph.Abs(x)}
	},
	"broadcasting": func(x *graph.Node) []*graph.Node {
		last, first := graph.ReduceMean(x, 0, 1, 2), graph.ReduceMean(x, 1, 2, 3)
		y := graph.Sub(x, graph.ExpandLeftToRank(last, 4))
		z := graph.Add(y, graph.Reshape(first, x.Shape().Dim(0), 1, 1, 1))
		middle := graph.ReduceSum(x, 0, 3)
		return []*graph.Node{z, graph.Mul(x, graph.BroadcastToDims(graph.Reshape(middle, 1, 6, 8, 1), x.Shape().Dimensions...)), graph.Add(x, graph.ReduceAllSum(x))}
	},
	"truths": func(x *graph.Node) []*graph.Node {
		big := graph.GreaterThan(x, graph.ScalarZero(x.Graph(), x.DType()))
		small := graph.LessThan(graph.Abs(x), graph.ScalarOne(x.Graph(), x.DType()))
		y := graph.Where(graph.LogicalAnd(big, graph.LogicalNot(small)), x, graph.Neg(x))
		return []*graph.Node{y, graph.ConvertDType(graph.LogicalOr(big, small), x.DType()), big, graph.Where(graph.Equal(x, y), graph.ScalarOne(x.Graph(), x.DType()), y)}
	},
	"moving": func(x *graph.Node) []*graph.Node {
		t := graph.Transpose(graph.Slice(x, graph.AxisRange(), graph.AxisRange(1, 6).Stride(2), graph.AxisRange(0, 7), graph.AxisRange()), 1, 3)
		flat := graph.Reshape(graph.TransposeAllAxes(x, 3, 1, 0, 2), -1)
		c := graph.Concatenate([]*graph.Node{x, graph.Square(x), graph.Slice(x, graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange(0, 2))}, -1)
		p := graph.Pad(x, graph.ConstAs(x, 3), graph.PadAxis{}, graph.PadAxis{Start: 1, End: 2}, graph.PadAxis{Interior: 1}, graph.PadAxis{})
		return []*graph.Node{t, flat, c, p, graph.Add(flat, graph.OnesLike(flat))}
	},
	"reducing": func(x *graph.Node) []*graph.Node {
		return []*graph.Node{graph.ReduceSum(x, 0), graph.ReduceSum(x, 1, 2), graph.ReduceSum(x, 3), graph.ReduceMax(x, -1), graph.ReduceMax(x, 0, 1), graph.ReduceAllSum(x), graph.ReduceAllMax(x), graph.ReduceSum(x, 0, 2)}
	},
	"products": func(x *graph.Node) []*graph.Node {
		n := x.Shape().Dim(0)
		a := graph.Reshape(x, n*6, 40)
		b := graph.Reshape(x, 40, n*6)
		batch := graph.Einsum("nhwc,nhvc->nhwv", x, x)
		return []*graph.Node{graph.MatMul(a, b), graph.MatMul(graph.Transpose(a, 0, 1), a), graph.Transpose(graph.MatMul(a, b), 0, 1), graph.MatMul(a, graph.Transpose(a, 0, 1)), batch, graph.Einsum("nhwc,nhwd->cd", x, x), graph.Einsum("nhwc,nvwc->hv", x, x)}
	},
	"turned products": func(x *graph.Node) []*graph.Node {
		first := graph.Reshape(graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, 1), graph.AxisRange(0, 1)), -1, 5)
		return []*graph.Node{graph.Transpose(graph.Einsum("nhwc,nwc->nh", x, graph.ReduceSum(x, 1)), 0, 1),
			graph.Transpose(graph.Einsum("hwc,c->hw", graph.ReduceSum(x, 0), graph.ReduceSum(x, 0, 1, 2)), 0, 1),
			graph.Transpose(graph.Einsum("c,hwc->hw", graph.ReduceMax(x, 0, 1, 2), graph.ReduceSum(x, 0)), 0, 1),
			graph.Transpose(graph.Einsum("nc,c->nc", first, graph.ReduceSum(x, 0, 1, 2)), 0, 1)}
	},
	"padding of some axes": func(x *graph.Node) []*graph.Node {
		return []*graph.Node{graph.Pad(x, graph.ConstAs(x, 3), graph.PadAxis{Start: 1, Interior: 1})}
	},
	"gradients": func(x *graph.Node) []*graph.Node {
		n := x.Shape().Dim(0)
		w := graph.MulScalar(graph.Slice(graph.Reshape(x, -1, 5), graph.AxisRange(0, 5)), 0.1)
		y := graph.MatMul(graph.Reshape(x, n*48, 5), w)
		pooled := graph.ReduceMax(graph.Reshape(graph.Where(graph.IsPositive(y), y, graph.ZerosLike(y)), n, 6, 4, 2, 5), 3)
		return graph.Gradient(graph.ReduceAllSum(graph.Log(graph.Softmax(graph.Reshape(pooled, n, -1)))), x)
	},
	"others between": func(x *graph.Node) []*graph.Node {
		order := graph.ConvertDType(graph.ArgMax(graph.ReduceSum(x, 1, 2), -1), x.DType())
		whole := graph.ConvertDType(graph.Floor(graph.MulScalar(x, 3)), dtypes.Int32)
		return []*graph.Node{graph.Add(x, graph.Reshape(order, -1, 1, 1, 1)), graph.Square(graph.ConvertDType(whole, x.DType())), graph.CumSum(graph.Square(x), 2)}
	},
}

// computed returns the numbers of all that f returns for x, truths as 1 and 0.
func computed(t *testing.T, b compute.Backend, f func(x *graph.Node) []*graph.Node, x []float32, n int) (all [][]float32) {
	t.Helper()
	exec, err := graph.NewExec(b, f)
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	// The second execution finds what the first has left in memory.
	for range 2 {
		out, err := exec.Call(tensors.FromFlatDataAndDimensions(x, n, 6, 8, 5))
		if err != nil {
			t.Fatal(err)
		}
		all = nil
		for _, o := range out {
			if o.DType() == dtypes.Bool {
				truths, err := tensors.CopyFlatData[bool](o)
				if err != nil {
					t.Fatal(err)
				}
				numbers := make([]float32, len(truths))
				for i, v := range truths {
					if v {
						numbers[i] = 1
					}
				}
				all = append(all, numbers)
				continue
			}
			numbers, err := tensors.CopyFlatData[float32](o)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, numbers)
		}
	}
	return all
}

func TestPlannedComputations(t *testing.T) {
	inner := goBackend(t)
	one, three := planning(t, 1), planning(t, 3)
	for name, f := range computations {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for _, n := range []int{1, 7, 300} {
				x := make([]float32, n*240)
				for i := range x {
					x[i] = float32(r.NormFloat64())
				}
				want, got := computed(t, inner, f, x, n), computed(t, three, f, x, n)
				again := computed(t, one, f, x, n)
				for k := range want {
					if !slices.Equal(got[k], again[k]) {
						t.Fatalf("n = %d, output %d: other numbers on one core than on three", n, k)
					}
					// The inner backend's sums of so many numbers are off by that much themselves.
					largest := math.Sqrt(float64(len(x)))
					for _, v := range want[k] {
						largest = max(largest, math.Abs(float64(v)))
					}
					for i, v := range want[k] {
						if d := math.Abs(float64(v - got[k][i])); !(d <= 1e-5*largest) {
							t.Fatalf("n = %d, output %d: expected %g at %d, as the inner backend has it. Got %g", n, k, v, i, got[k][i])
						}
					}
				}
			}
		})
	}
}

// TestDonatedMemory: an output is made in the memory of an input that is donated only where nothing
// reads that any more.
func TestDonatedMemory(t *testing.T) {
	b := planning(t, 2)
	exec, err := graph.NewExec(b, func(p, m, v, g *graph.Node) []*graph.Node {
		mean := graph.Add(graph.MulScalar(m, 0.9), graph.MulScalar(g, 0.1))
		square := graph.Add(graph.MulScalar(v, 0.99), graph.MulScalar(graph.Square(g), 0.01))
		return []*graph.Node{graph.Sub(p, graph.Div(mean, graph.AddScalar(graph.Sqrt(square), 1e-3))), mean, square}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	const n = 5000
	var p, m, v [n]float64
	state := [3][]float32{make([]float32, n), make([]float32, n), make([]float32, n)}
	r := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		g := make([]float32, n)
		for i := range g {
			g[i] = float32(r.NormFloat64())
			m[i] = 0.9*m[i] + 0.1*float64(g[i])
			v[i] = 0.99*v[i] + 0.01*float64(g[i])*float64(g[i])
			p[i] -= m[i] / (math.Sqrt(v[i]) + 1e-3)
		}
		in := []any{nil, nil, nil, g}
		for i, s := range state {
			var err error
			if in[i], err = graph.DonateTensorBuffer(tensors.FromFlatDataAndDimensions(s, n), b, 0); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Call(in...)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][n]float64{p, m, v} {
			if state[i], err = tensors.CopyFlatData[float32](out[i]); err != nil {
				t.Fatal(err)
			}
			for k, w := range want {
				if d := math.Abs(w - float64(state[i][k])); !(d <= 1e-4*max(1, math.Abs(w))) {
					t.Fatalf("output %d: expected %g at %d. Got %g", i, w, k, state[i][k])
				}
			}
		}
	}
}
