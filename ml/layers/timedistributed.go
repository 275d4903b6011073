package layers

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("TimeDistributed", func() contract.Layer { return new(TimeDistributedLayer) })
}

// TimeDistributedLayer applies a layer to each step of a sequence by itself, with the same weights.
type TimeDistributedLayer struct {
	// Layer is the layer. It gets the steps of all sequences as one batch, [batch·steps, ...].
	Layer contract.Layer
	// Name is the layer's name in the model; empty means time_distributed, time_distributed_1, ...
	Name string
}

// TimeDistributed returns a layer that applies layer to each step of a sequence:
// TimeDistributed(layers.Dense(16)). See TimeDistributedLayer.
func TimeDistributed(layer contract.Layer, options ...PlainOption) *TimeDistributedLayer {
	return &TimeDistributedLayer{Layer: layer, Name: named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *TimeDistributedLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "TimeDistributed".
func (*TimeDistributedLayer) Kind() string { return "TimeDistributed" }

// String returns the layer as TimeDistributed was called.
func (l *TimeDistributedLayer) String() string {
	return fmt.Sprintf("TimeDistributed(%s)", l.Layer)
}

// OutputShape returns the number of steps, and then the layer's shape for one step.
func (l *TimeDistributedLayer) OutputShape(in []int) ([]int, error) {
	if l.Layer == nil {
		return nil, errors.New("expected a layer, as in layers.TimeDistributed(layers.Dense(16)). Got nil")
	}
	if len(in) < 2 {
		return nil, fmt.Errorf("expected input [batch, steps, ...]. Got %s", extent.Dims(in))
	}
	out, err := l.Layer.OutputShape(in[1:])
	return append([]int{in[0]}, out...), err
}

// Apply computes the layer on all steps as one batch. The variables are the inner layer's.
func (l *TimeDistributedLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	shape := x.Shape().Dimensions
	if mask := contract.BatchMask(x); mask != nil {
		// The steps of a row that only fills up the batch only fill it up, too.
		steps := graph.BroadcastToDims(graph.InsertAxes(mask, -1), shape[0], shape[1])
		contract.SetBatchMask(graph.Reshape(steps, shape[0]*shape[1]))
		defer contract.SetBatchMask(mask)
	}
	steps := graph.Reshape(x, append([]int{shape[0] * shape[1]}, shape[2:]...)...)
	y := contract.Call(l.Layer, scope, steps)
	return graph.Reshape(y, append([]int{shape[0], shape[1]}, y.Shape().Dimensions[1:]...)...)
}

// Children returns Layer, whose variables are in this layer's own scope.
func (l *TimeDistributedLayer) Children() []contract.Child {
	return []contract.Child{{Layer: l.Layer}}
}

// MarshalJSON writes the settings together with Layer.
func (l *TimeDistributedLayer) MarshalJSON() ([]byte, error) {
	inner, err := Save(l.Layer)
	if err != nil {
		return nil, err
	}
	return json.Marshal(savedWrapper{Layer: inner, Name: l.Name})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *TimeDistributedLayer) UnmarshalJSON(text []byte) error {
	var s savedWrapper
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	inner, err := Load(s.Layer)
	l.Layer, l.Name = inner, s.Name
	return err
}
