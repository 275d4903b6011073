//go:build ignore

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/data"
)

// byHand trains without package ml: a While of GoMLX's over the steps of an epoch in one execution,
// with Adam written out. What Fit takes beyond it is Fit's own. It runs on XLA alone, because the
// Go backend has no such loop.
func byHand(b compute.Backend, sizes []int, train, test data.Dataset, epochs int, seed int64) (*fit, error) {
	start := time.Now()
	n := train.X.Len()
	steps := (n + batch - 1) / batch
	exec, err := graph.NewExec(b, func(in []*graph.Node) []*graph.Node { return handEpoch(in, n, steps) })
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	state := weights(sizes, seed)
	x, y := onDevice(b, train)
	c := &clock{last: start}
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	for range epochs {
		order := make([]int32, steps*batch)
		for i, j := range r.Perm(n) {
			order[i] = int32(j)
		}
		args := []any{x, y, tensors.FromFlatDataAndDimensions(order, len(order))}
		for _, s := range state {
			args = append(args, s)
		}
		out, err := exec.Call(args...)
		if err != nil {
			return nil, err
		}
		for _, s := range state {
			s.MustFinalizeAll()
		}
		state = out[1:]
		tensors.MustCopyFlatData[float32](out[0])
		c.EpochEnd(nil)
	}
	f := &fit{Seconds: time.Since(start).Seconds(), Epochs: c.epochs, MSPerStep: median(c.epochs) * 1e3 / float64(steps)}
	f.TestAccuracy, err = handAccuracy(b, state[:len(state)/3], test)
	return f, err
}

// weights returns the loop's first state: Glorot-uniform kernels and zero biases, Adam's two
// moments of each, and the step's number.
func weights(sizes []int, seed int64) []*tensors.Tensor {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	var values, moments []*tensors.Tensor
	in := 784
	for _, out := range sizes {
		limit := math.Sqrt(6 / float64(in+out))
		kernel := make([]float32, in*out)
		for i := range kernel {
			kernel[i] = float32((2*r.Float64() - 1) * limit)
		}
		values = append(values, tensors.FromFlatDataAndDimensions(kernel, in, out), tensors.FromFlatDataAndDimensions(make([]float32, out), out))
		in = out
	}
	for range 2 {
		for _, v := range values {
			moments = append(moments, tensors.FromShape(v.Shape()))
		}
	}
	return append(append(values, moments...), tensors.FromScalar(float32(0)))
}

func onDevice(b compute.Backend, d data.Dataset) (x, y *tensors.Tensor) {
	labels := make([]int32, len(d.Y))
	for i, l := range d.Y {
		labels[i] = int32(l)
	}
	x, y = tensors.FromFlatDataAndDimensions(d.X.Values, d.X.Shape...), tensors.FromFlatDataAndDimensions(labels, len(labels))
	x.MustMaterializeOnDevice(b, true, 0)
	y.MustMaterializeOnDevice(b, true, 0)
	return x, y
}

// handForward returns the logits.
func handForward(x *graph.Node, values []*graph.Node) *graph.Node {
	for i := 0; i < len(values); i += 2 {
		if i > 0 {
			x = graph.MaxScalar(x, 0)
		}
		x = graph.Add(graph.MatMul(x, values[i]), graph.ExpandLeftToRank(values[i+1], 2))
	}
	return x
}

// handEpoch takes the data, the order and the state, and returns the sums of loss and right answers
// and the new state.
func handEpoch(in []*graph.Node, n, steps int) []*graph.Node {
	g := in[0].Graph()
	state := append([]*graph.Node{graph.Const(g, int32(0)), graph.Const(g, []float32{0, 0})}, in...)
	parameters := func(g *graph.Graph) []*graph.Node {
		p := make([]*graph.Node, len(state))
		for i, s := range state {
			p[i] = graph.Parameter(g, fmt.Sprintf("state%d", i), s.Shape())
		}
		return p
	}
	cond := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		return []*graph.Node{graph.LessThan(parameters(g)[0], graph.Const(g, int32(steps)))}
	})
	body := graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
		p := parameters(g)
		i, sums, x, y, order, variables, t := p[0], p[1], p[2], p[3], p[4], p[5:len(p)-1], p[len(p)-1]
		start := graph.MulScalar(i, batch)
		rows := graph.InsertAxes(graph.DynamicSlice(order, []*graph.Node{start}, []int{batch}), -1)
		place := graph.Add(graph.Iota(g, shapes.Make(dtypes.Int32, batch), 0), start)
		w := graph.ConvertDType(graph.LessThan(place, graph.Const(g, int32(n))), dtypes.Float32)
		k := len(variables) / 3
		values, m, v := variables[:k], variables[k:2*k], variables[2*k:]
		target := graph.Gather(y, rows)
		logits := handForward(graph.Gather(x, rows), values)
		hot := graph.OneHot(target, 10, dtypes.Float32)
		total := graph.ReduceAllSum(graph.Mul(graph.Neg(graph.ReduceSum(graph.Mul(hot, graph.LogSoftmax(logits)), -1)), w))
		right := graph.ConvertDType(graph.Equal(graph.ArgMax(logits, -1, dtypes.Int32), target), dtypes.Float32)
		sums = graph.Add(sums, graph.Stack([]*graph.Node{total, graph.ReduceAllSum(graph.Mul(right, w))}, 0))
		grads := graph.Gradient(graph.Div(total, graph.ReduceAllSum(w)), values...)
		t = graph.OnePlus(t)
		power := func(beta float64) *graph.Node {
			return graph.OneMinus(graph.Pow(graph.Scalar(g, dtypes.Float32, beta), t))
		}
		rate := graph.MulScalar(graph.Div(graph.Sqrt(power(0.999)), power(0.9)), 1e-3)
		next := append(make([]*graph.Node, 0, len(p)), graph.OnePlus(i), sums, x, y, order)
		var means, squares []*graph.Node
		for j, grad := range grads {
			mean := graph.Add(graph.MulScalar(m[j], 0.9), graph.MulScalar(grad, 0.1))
			square := graph.Add(graph.MulScalar(v[j], 0.999), graph.MulScalar(graph.Square(grad), 0.001))
			move := graph.Div(graph.Mul(rate, mean), graph.AddScalar(graph.Sqrt(square), 1e-7))
			next, means, squares = append(next, graph.Sub(values[j], move)), append(means, mean), append(squares, square)
		}
		return append(append(append(next, means...), squares...), t)
	})
	results := graph.While(cond, body, state...)
	return append([]*graph.Node{results[1]}, results[5:]...)
}

func handAccuracy(b compute.Backend, values []*tensors.Tensor, test data.Dataset) (float64, error) {
	exec, err := graph.NewExec(b, func(in []*graph.Node) *graph.Node {
		right := graph.Equal(graph.ArgMax(handForward(in[0], in[2:]), -1, dtypes.Int32), in[1])
		return graph.ReduceAllMean(graph.ConvertDType(right, dtypes.Float32))
	})
	if err != nil {
		return 0, err
	}
	defer exec.Finalize()
	x, y := onDevice(b, test)
	args := []any{x, y}
	for _, v := range values {
		args = append(args, v)
	}
	out, err := exec.Call1(args...)
	if err != nil {
		return 0, err
	}
	return float64(tensors.MustCopyFlatData[float32](out)[0]), nil
}
