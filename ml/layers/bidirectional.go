package layers

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

func init() {
	Register("Bidirectional", func() contract.Layer { return new(BidirectionalLayer) })
}

// BidirectionalLayer runs a recurrent layer over a sequence, and a second one, with weights of its
// own, over the reversed sequence. It joins the results of both (Schuster and Paliwal 1997).
type BidirectionalLayer struct {
	// Layer is an LSTM or a GRU, used for both directions.
	Layer contract.Layer
	// Merge is how the results are joined: "concat", the default, along the last axis, or "sum",
	// "mul" or "ave".
	Merge string
	// Name is the layer's name in the model; empty means bidirectional, bidirectional_1, ...
	Name string
}

// Bidirectional returns a layer that runs an LSTM or a GRU in both directions:
// Bidirectional(layers.LSTM(16)). See BidirectionalLayer.
func Bidirectional(layer contract.Layer, options ...PlainOption) *BidirectionalLayer {
	return &BidirectionalLayer{Layer: layer, Name: named(options)}
}

// On applies the layer to a tensor of a functional model. See contract.On.
func (l *BidirectionalLayer) On(x *contract.Tensor) *contract.Tensor { return contract.On(l, x) }

// Kind returns "Bidirectional".
func (*BidirectionalLayer) Kind() string { return "Bidirectional" }

// String returns the layer as Bidirectional was called.
func (l *BidirectionalLayer) String() string { return fmt.Sprintf("Bidirectional(%s)", l.Layer) }

// directions returns the layer forwards and backwards. Both return the outputs of all steps in the
// same order.
func (l *BidirectionalLayer) directions() (forward, backward contract.Layer, err error) {
	switch layer := l.Layer.(type) {
	case *LSTMLayer:
		f, b := *layer, *layer
		b.Backwards, b.reversed = !b.Backwards, true
		return &f, &b, nil
	case *GRULayer:
		f, b := *layer, *layer
		b.Backwards, b.reversed = !b.Backwards, true
		return &f, &b, nil
	}
	return nil, nil, fmt.Errorf("expected a recurrent layer, as in layers.Bidirectional(layers.LSTM(16)). Got %v",
		l.Layer)
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*BidirectionalLayer) Autocast() bool { return true }

// OutputShape returns that of Layer, with twice the units if the results are concatenated.
func (l *BidirectionalLayer) OutputShape(in []int) ([]int, error) {
	if _, _, err := l.directions(); err != nil {
		return nil, err
	}
	out, err := l.Layer.OutputShape(in)
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"", "concat", "sum", "mul", "ave"}, l.Merge) {
		return nil, fmt.Errorf("expected results merged by concat, sum, mul or ave. Got %q",
			l.Merge)
	}
	if l.Merge == "" || l.Merge == "concat" {
		out[len(out)-1] *= 2
	}
	return out, nil
}

// Apply computes both layers. Their variables are in the scopes forward and backward.
func (l *BidirectionalLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	forward, backward, err := l.directions()
	if err != nil {
		panic(err)
	}
	a := contract.Call(forward, scope.At("forward"), x)
	b := contract.Call(backward, scope.At("backward"), x)
	switch l.Merge {
	case "sum":
		return graph.Add(a, b)
	case "mul":
		return graph.Mul(a, b)
	case "ave":
		return graph.DivScalar(graph.Add(a, b), 2)
	}
	return graph.Concatenate([]*graph.Node{a, b}, -1)
}

// Children returns Layer twice, once for each direction.
func (l *BidirectionalLayer) Children() []contract.Child {
	return []contract.Child{{Scope: "forward", Layer: l.Layer}, {Scope: "backward", Layer: l.Layer}}
}

// MarshalJSON writes the settings together with Layer.
func (l *BidirectionalLayer) MarshalJSON() ([]byte, error) {
	inner, err := Save(l.Layer)
	if err != nil {
		return nil, err
	}
	return json.Marshal(savedWrapper{inner, l.Merge, l.Name})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *BidirectionalLayer) UnmarshalJSON(text []byte) error {
	var s savedWrapper
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	inner, err := Load(s.Layer)
	l.Layer, l.Merge, l.Name = inner, s.Merge, s.Name
	return err
}
