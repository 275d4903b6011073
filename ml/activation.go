package ml

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
)

// Activation is a function applied to every element, by the name that Keras gives it.
type Activation string

// The activations. Softmax works along the last axis; GELU is the exact one; LeakyReLU's slope below 0 is 0.2, as in Keras.
const (
	Linear    Activation = ""
	ReLU      Activation = "relu"
	Sigmoid   Activation = "sigmoid"
	Tanh      Activation = "tanh"
	Softmax   Activation = "softmax"
	GELU      Activation = "gelu"
	SiLU      Activation = "silu"
	SELU      Activation = "selu"
	ELU       Activation = "elu"
	LeakyReLU Activation = "leaky_relu"
	Softplus  Activation = "softplus"
)

var activations = []Activation{Linear, ReLU, Sigmoid, Tanh, Softmax, GELU, SiLU, SELU, ELU, LeakyReLU, Softplus}

func (a Activation) dense(l *DenseLayer)      { l.Activation = a }
func (a Activation) conv(l *ConvolutionLayer) { l.Activation = a }

func (a Activation) check() error {
	if !slices.Contains(activations, a) {
		return fmt.Errorf("expected an activation among %q. Got %q", activations[1:], a)
	}
	return nil
}

// apply adds the function to the graph.
func (a Activation) apply(x *graph.Node) *graph.Node {
	switch a {
	case ReLU:
		return activation.Relu(x)
	case Sigmoid:
		return graph.Sigmoid(x)
	case Tanh:
		return graph.Tanh(x)
	case Softmax:
		return graph.Softmax(x)
	case GELU:
		return activation.Gelu(x)
	case SiLU:
		return activation.Swish(x)
	case SELU:
		return activation.Selu(x)
	case ELU:
		// The minimum keeps exp from overflowing on the side that Where drops: its gradient would be NaN.
		return graph.Where(graph.IsPositive(x), x, graph.MinusOne(graph.Exp(graph.MinScalar(x, 0))))
	case LeakyReLU:
		return activation.LeakyReluWith(x, 0.2)
	case Softplus:
		// log(1+exp(x)), written so that exp never overflows.
		return graph.Add(graph.MaxScalar(x, 0), graph.Log1P(graph.Exp(graph.Neg(graph.Abs(x)))))
	}
	return x
}

// ActivationLayer applies an activation as a layer of its own.
type ActivationLayer struct {
	// Function is the activation.
	Function Activation `json:"function"`
}

// Activate returns a layer that applies the activation to every element.
func Activate(a Activation) *ActivationLayer { return &ActivationLayer{a} }

// Kind returns "Activation".
func (*ActivationLayer) Kind() string { return "Activation" }

// String returns the layer as Activate was called.
func (l *ActivationLayer) String() string { return fmt.Sprintf("Activation(%s)", l.Function) }

// OutputShape returns in.
func (l *ActivationLayer) OutputShape(in []int) ([]int, error) { return in, l.Function.check() }

// Apply applies the function.
func (l *ActivationLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return l.Function.apply(x)
}
