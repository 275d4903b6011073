package layers

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/ops"
	"github.com/gonbml/gonbml/ml/regularizers"
)

func init() {
	Register("Dense", func() contract.Layer { return new(DenseLayer) })
}

// DenseLayer computes activation(x·kernel + bias) over the last axis of x. As in Keras, the kernel
// starts Glorot-uniform (Glorot and Bengio 2010: uniform within ±sqrt(6/(in+out))), the bias zero.
type DenseLayer struct {
	// Units is the size of the output's last axis.
	Units int `json:"units"`
	// Activation comes after the bias; empty means none.
	Activation Activation `json:"activation,omitempty"`
	// NoBias leaves the bias out.
	NoBias bool `json:"no_bias,omitempty"`
	// Initializer is that of the kernel, GlorotUniform by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty is that of the kernel; none by default.
	Penalty regularizers.Penalty `json:"penalty,omitzero"`
	// Name is the layer's name in the model; empty means dense, dense_1, ...
	Name string `json:"name,omitempty"`
}

// Dense returns a fully connected layer with the given number of units: Dense(64, layers.ReLU). See
// DenseLayer.
func Dense(units int, options ...DenseOption) *DenseLayer {
	s := Read(options)
	return &DenseLayer{
		Units: units, Activation: s.Activation, NoBias: s.NoBias,
		Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name,
	}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *DenseLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Dense".
func (*DenseLayer) Kind() string { return "Dense" }

// String returns the layer as Dense was called.
func (l *DenseLayer) String() string {
	s := fmt.Sprintf("Dense(%d", l.Units)
	if l.Activation != Linear {
		s += ", " + string(l.Activation)
	}
	if l.NoBias {
		s += ", no bias"
	}
	return s + ")"
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*DenseLayer) Autocast() bool { return true }

// OutputShape returns in with Units as the last axis.
func (l *DenseLayer) OutputShape(in []int) ([]int, error) {
	if l.Units <= 0 {
		return nil, fmt.Errorf("expected a positive number of units. Got %d", l.Units)
	}
	if err := checkAll(l.Activation, l.Initializer, l.Penalty); err != nil {
		return nil, err
	}
	if len(in) == 0 {
		return nil, fmt.Errorf("expected input [batch, features]. Got %s, single numbers; give each example an axis of features",
			extent.Dims(in))
	}
	out := slices.Clone(in)
	out[len(out)-1] = l.Units
	return out, nil
}

// Apply computes the layer with the variables kernel, [in, Units], and bias, [Units].
func (l *DenseLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	in := x.Shape().Dim(-1)
	kernel := contract.Weight(scope, "kernel", l.Initializer.Or(initializers.GlorotUniform), x, in,
		l.Units)
	var bias *graph.Node
	if !l.NoBias {
		bias = contract.Weight(scope, "bias", initializers.Zeros, x, l.Units)
	}
	small := x.DType() != contract.WeightType(x.DType())
	if p := ops.NewProduct(scope, kernel, bias != nil); p.ByHand() || small {
		// The Go backend has a fused form of this for numbers of 32 and 64 bits only, with a slow
		// gradient.
		return l.Activation.Apply(plainDense(x, p, bias))
	}
	return l.Activation.Apply(nn.Dense(x, kernel, bias, compute.DenseLayoutInputOutputs))
}

// RegularizationLoss returns what the layer's penalties add to the loss.
func (l *DenseLayer) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("kernel"), g)
}

// plainDense is x·kernel + bias in plain operations; bias may be nil.
func plainDense(x *graph.Node, p *ops.Product, bias *graph.Node) *graph.Node {
	in, out := p.Kernel.Shape().Dim(0), p.Kernel.Shape().Dim(1)
	if bias != nil {
		bias = p.Tie(graph.Reshape(bias, 1, out))
	}
	y := p.Of(graph.Reshape(x, x.Shape().Size()/in, in))
	if bias != nil {
		y = graph.Add(y, bias)
	}
	shape := slices.Clone(x.Shape().Dimensions)
	shape[len(shape)-1] = out
	return graph.Reshape(y, shape...)
}
