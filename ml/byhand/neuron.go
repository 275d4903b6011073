// Package byhand writes out the mathematics of training on the smallest network there is, a single
// neuron, to be read and played with. What takes one line with package ml is here in plain float64
// arithmetic, formula by formula.
//
// It owns the worked example (Neuron), its gradient computed in three ways that must agree (by
// hand, by GoMLX's automatic differentiation, by finite differences), and gradient descent,
// momentum and Adam as in their papers. Package ml does not compute like this: it lets GoMLX work
// on whole batches. A test shows that both take the same steps.
package byhand

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/backend"
)

// Example is what the neuron sees (X1 and X2) and what it should answer (Y, from 0 to 1).
type Example struct{ X1, X2, Y float64 }

// Neuron is one neuron with its examples. With the weights θ = (θ1, θ2) its answer to an example is
//
//	ŷ = σ(z),  z = θ1·x1 + θ2·x2 + b,  σ(z) = 1/(1 + e^-z)
//
// and its loss is the mean of J = (y - ŷ)²/2 over the examples.
type Neuron struct {
	Examples []Example
	// B is the bias b, which does not change.
	B float64
}

// Sigmoid is σ(z) = 1/(1 + e^-z).
func Sigmoid(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// Answer returns ŷ for an example.
func (n Neuron) Answer(theta [2]float64, e Example) float64 {
	return Sigmoid(theta[0]*e.X1 + theta[1]*e.X2 + n.B)
}

// Loss returns the mean of J over the examples.
func (n Neuron) Loss(theta [2]float64) float64 {
	sum := 0.0
	for _, e := range n.Examples {
		miss := e.Y - n.Answer(theta, e)
		sum += miss * miss / 2
	}
	return sum / float64(len(n.Examples))
}

// Chain has the factors of the chain rule for one example: dJ/dθ1 is the product of the first
// three, dJ/dθ2 that of the first two and the last. To multiply them from the loss back to the
// weights is back-propagation.
type Chain struct {
	// Loss is dJ/dŷ = -(y - ŷ).
	Loss float64
	// Sigmoid is dŷ/dz = ŷ(1 - ŷ).
	Sigmoid float64
	// X1 is dz/dθ1 = x1, X2 is dz/dθ2 = x2.
	X1, X2 float64
}

// Chain returns the factors for an example.
func (n Neuron) Chain(theta [2]float64, e Example) Chain {
	answer := n.Answer(theta, e)
	return Chain{Loss: -(e.Y - answer), Sigmoid: answer * (1 - answer), X1: e.X1, X2: e.X2}
}

// Gradient returns dLoss/dθ by hand: the mean of -(y - ŷ)·ŷ(1 - ŷ)·x.
func (n Neuron) Gradient(theta [2]float64) [2]float64 {
	return n.mean(func(e Example) [2]float64 {
		c := n.Chain(theta, e)
		return [2]float64{c.Loss * c.Sigmoid * c.X1, c.Loss * c.Sigmoid * c.X2}
	})
}

// Printed returns what the article prints instead of the gradient: the mean of (y - ŷ)·x. The minus
// sign and the factor ŷ(1 - ŷ) are missing, so it points downhill, and a step against it, θ -
// α·Printed, climbs.
func (n Neuron) Printed(theta [2]float64) [2]float64 {
	return n.mean(func(e Example) [2]float64 {
		miss := e.Y - n.Answer(theta, e)
		return [2]float64{miss * e.X1, miss * e.X2}
	})
}

func (n Neuron) mean(of func(Example) [2]float64) (sum [2]float64) {
	for _, e := range n.Examples {
		g := of(e)
		sum[0] += g[0] / float64(len(n.Examples))
		sum[1] += g[1] / float64(len(n.Examples))
	}
	return sum
}

// Differences returns dLoss/dθ by central differences, (Loss(θ+h) - Loss(θ-h))/2h for each weight.
// The error is of the order of h². A good value of h is 1e-5.
func (n Neuron) Differences(theta [2]float64, h float64) (gradient [2]float64) {
	for i := range theta {
		up, down := theta, theta
		up[i] += h
		down[i] -= h
		gradient[i] = (n.Loss(up) - n.Loss(down)) / (2 * h)
	}
	return gradient
}

// LossGraph adds the loss to a GoMLX graph. theta has the shape [2]; the result is a scalar of the
// same type.
func (n Neuron) LossGraph(theta *graph.Node) *graph.Node {
	g := theta.Graph()
	x, y := make([][]float64, len(n.Examples)), make([]float64, len(n.Examples))
	for i, e := range n.Examples {
		x[i], y[i] = []float64{e.X1, e.X2}, e.Y
	}
	z := graph.AddScalar(graph.ReduceSum(graph.Mul(graph.Const(g, x), graph.InsertAxes(theta, 0)), 1), n.B)
	miss := graph.Sub(graph.Const(g, y), graph.Sigmoid(z))
	return graph.DivScalar(graph.ReduceAllMean(graph.Square(miss)), 2)
}

// Autodiff returns dLoss/dθ by GoMLX's automatic differentiation of LossGraph, on its Go backend.
func (n Neuron) Autodiff(theta [2]float64) (gradient [2]float64, err error) {
	b, err := backend.NewGo()
	if err != nil {
		return gradient, fmt.Errorf("byhand: %w", err)
	}
	out, err := graph.CallOnce(b.GoMLX(), func(theta *graph.Node) *graph.Node {
		return graph.Gradient(n.LossGraph(theta), theta)[0]
	}, theta[:])
	if err != nil {
		return gradient, fmt.Errorf("byhand: %w", err)
	}
	return [2]float64(tensors.MustCopyFlatData[float64](out)), nil
}
