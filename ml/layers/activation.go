package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

func init() {
	Register("Activation", func() contract.Layer { return new(ActivationLayer) })
}

// Activation is a function that is applied to every element, by Keras's name.
type Activation string

// The activations, with Keras's formulas. Softmax and LogSoftmax work along the last axis. GELU is
// the exact one. LeakyReLU has the slope 0.2 below 0. SoftShrink and HardShrink have the threshold
// 0.5. ELU and CELU have the scale 1, with which they are the same.
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

	ReLU6         Activation = "relu6"
	CELU          Activation = "celu"
	Exponential   Activation = "exponential"
	HardShrink    Activation = "hard_shrink"
	HardSigmoid   Activation = "hard_sigmoid"
	HardSiLU      Activation = "hard_silu"
	HardTanh      Activation = "hard_tanh"
	LogSigmoid    Activation = "log_sigmoid"
	LogSoftmax    Activation = "log_softmax"
	Mish          Activation = "mish"
	SoftShrink    Activation = "soft_shrink"
	Softsign      Activation = "softsign"
	SparsePlus    Activation = "sparse_plus"
	SparseSigmoid Activation = "sparse_sigmoid"
	Squareplus    Activation = "squareplus"
	TanhShrink    Activation = "tanh_shrink"
)

var activations = []Activation{
	Linear, ReLU, Sigmoid, Tanh, Softmax, GELU, SiLU, SELU, ELU, LeakyReLU, Softplus,
	ReLU6, CELU, Exponential, HardShrink, HardSigmoid, HardSiLU, HardTanh, LogSigmoid, LogSoftmax,
	Mish, SoftShrink, Softsign, SparsePlus, SparseSigmoid, Squareplus, TanhShrink,
}

// Set sets the activation.
func (a Activation) Set(s *Settings) { s.Activation = a }

// DenseOption says that Dense takes an Activation.
func (Activation) DenseOption() {}

// ConvOption says that convolutions take an Activation.
func (Activation) ConvOption() {}

// Check returns an error if it is none of those above.
func (a Activation) Check() error {
	if !slices.Contains(activations, a) {
		return fmt.Errorf("expected an activation among %q. Got %q", activations[1:], a)
	}
	return nil
}

// Apply adds the function to a graph.
func (a Activation) Apply(x *graph.Node) *graph.Node {
	switch a {
	case ReLU:
		return ops.ReLU(x)
	case Sigmoid:
		return graph.Sigmoid(x)
	case Tanh:
		return graph.Tanh(x)
	case Softmax:
		return precisely(x, func(x *graph.Node) *graph.Node { return graph.Softmax(x) })
	case GELU:
		return activation.Gelu(x)
	case SiLU:
		return activation.Swish(x)
	case SELU:
		return activation.Selu(x)
	case ELU, CELU:
		// The minimum keeps exp from overflowing on the side that Where drops: its gradient would
		// be NaN.
		return graph.Where(graph.IsPositive(x), x, graph.MinusOne(graph.Exp(graph.MinScalar(x, 0))))
	case LeakyReLU:
		return activation.LeakyReluWith(x, 0.2)
	case Softplus:
		return softplus(x)
	case ReLU6:
		return graph.ClipScalar(x, 0, 6)
	case Exponential:
		return graph.Exp(x)
	case HardShrink:
		return graph.Where(graph.GreaterThan(graph.Abs(x), graph.ConstAs(x, 0.5)), x,
			graph.ZerosLike(x))
	case HardSigmoid:
		return hardSigmoid(x)
	case HardSiLU:
		return graph.Mul(x, hardSigmoid(x))
	case HardTanh:
		return graph.ClipScalar(x, -1, 1)
	case LogSigmoid:
		return graph.Neg(softplus(graph.Neg(x)))
	case LogSoftmax:
		return precisely(x, func(x *graph.Node) *graph.Node { return graph.LogSoftmax(x) })
	case Mish:
		return graph.Mul(x, graph.Tanh(softplus(x)))
	case SoftShrink:
		return graph.Sub(x, graph.ClipScalar(x, -0.5, 0.5))
	case Softsign:
		return graph.Div(x, graph.OnePlus(graph.Abs(x)))
	case SparsePlus:
		inner := graph.MulScalar(graph.Square(graph.OnePlus(graph.ClipScalar(x, -1, 1))), 0.25)
		return graph.Where(graph.GreaterThan(x, graph.ConstAs(x, 1)), x, inner)
	case SparseSigmoid:
		return graph.ClipScalar(graph.MulScalar(graph.OnePlus(x), 0.5), 0, 1)
	case Squareplus:
		return graph.MulScalar(graph.Add(x, graph.Sqrt(graph.AddScalar(graph.Square(x), 4))), 0.5)
	case TanhShrink:
		return graph.Sub(x, graph.Tanh(x))
	}
	return x
}

// precisely computes f in float32 at least.
func precisely(x *graph.Node, f func(x *graph.Node) *graph.Node) *graph.Node {
	return graph.ConvertDType(f(graph.ConvertDType(x, contract.WeightType(x.DType()))), x.DType())
}

// softplus is log(1+exp(x)), written so that exp never overflows.
func softplus(x *graph.Node) *graph.Node {
	return graph.Add(graph.MaxScalar(x, 0), graph.Log1P(graph.Exp(graph.Neg(graph.Abs(x)))))
}

// hardSigmoid rises from 0 at -3 to 1 at 3.
func hardSigmoid(x *graph.Node) *graph.Node {
	return graph.DivScalar(graph.ClipScalar(graph.AddScalar(x, 3), 0, 6), 6)
}

// ActivationLayer applies an activation as a layer of its own.
type ActivationLayer struct {
	// Function is the activation.
	Function Activation `json:"function"`
	// Name is the layer's name in the model; empty means activation, activation_1, ...
	Name string `json:"name,omitempty"`
}

// Activate returns a layer that applies the activation to every element: Activate(layers.ReLU). It
// is Keras's Activation.
func Activate(a Activation, options ...PlainOption) *ActivationLayer {
	return &ActivationLayer{a, named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *ActivationLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Activation".
func (*ActivationLayer) Kind() string { return "Activation" }

// String returns the layer as Activate was called.
func (l *ActivationLayer) String() string { return fmt.Sprintf("Activation(%s)", l.Function) }

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*ActivationLayer) Autocast() bool { return true }

// OutputShape returns in.
func (l *ActivationLayer) OutputShape(in []int) ([]int, error) { return in, l.Function.Check() }

// Apply applies the function.
func (l *ActivationLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return l.Function.Apply(x)
}
