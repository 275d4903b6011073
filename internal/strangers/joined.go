package strangers

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

func init() {
	layers.Register("Pair", func() contract.Layer { return new(PairLayer) })
	layers.Register("Times", func() contract.Layer { return TimesLayer{} })
	layers.Register("Blend", func() contract.Layer { return new(BlendLayer) })
}

// PairLayer applies two layers of any kind to the same value and adds up what they make.
type PairLayer struct {
	Left, Right contract.Layer
	Name        string
}

// Pair takes any two layers, a model among them or not.
func Pair(left, right contract.Layer) *PairLayer { return &PairLayer{Left: left, Right: right} }

// Kind is what the layer was registered as.
func (*PairLayer) Kind() string { return "Pair" }

// String is what tables and errors show.
func (l *PairLayer) String() string { return fmt.Sprintf("Pair(%s, %s)", l.Left, l.Right) }

// Children says which layers are in it and where their variables are, so that they are found.
func (l *PairLayer) Children() []contract.Child {
	return []contract.Child{{Scope: "left", Layer: l.Left}, {Scope: "right", Layer: l.Right}}
}

// OutputShape wants layers that make the same shape.
func (l *PairLayer) OutputShape(in []int) ([]int, error) {
	left, err := contract.OutputShape(l.Left, [][]int{in})
	if err != nil {
		return nil, err
	}
	right, err := contract.OutputShape(l.Right, [][]int{in})
	if err == nil && !slices.Equal(left, right) {
		err = errors.New("expected two layers that make one shape")
	}
	return left, err
}

// Apply goes through contract.Call, which gives each layer the type that it wants.
func (l *PairLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	children := l.Children()
	left := contract.Call(children[0].Layer, children[0].Within(scope), x)
	right := contract.Call(children[1].Layer, children[1].Within(scope), x)
	return graph.Add(left, graph.ConvertDType(right, left.DType()))
}

type savedPair struct {
	Left, Right contract.Saved
	Name        string
}

// MarshalJSON writes both layers, since encoding/json does not know how.
func (l *PairLayer) MarshalJSON() (_ []byte, err error) {
	s := savedPair{Name: l.Name}
	if s.Left, err = layers.Save(l.Left); err != nil {
		return nil, err
	}
	if s.Right, err = layers.Save(l.Right); err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (l *PairLayer) UnmarshalJSON(text []byte) error {
	var s savedPair
	err := json.Unmarshal(text, &s)
	if err != nil {
		return err
	}
	l.Name = s.Name
	if l.Left, err = layers.Load(s.Left); err != nil {
		return err
	}
	l.Right, err = layers.Load(s.Right)
	return err
}

// TimesLayer multiplies by a number. A second one behind it is computed with it, as one product.
type TimesLayer struct{ Factor float64 }

// Kind is what the layer was registered as.
func (TimesLayer) Kind() string { return "Times" }

// String is what tables and errors show.
func (l TimesLayer) String() string { return fmt.Sprintf("Times(%g)", l.Factor) }

// OutputShape returns in.
func (TimesLayer) OutputShape(in []int) ([]int, error) { return in, nil }

// Apply has no variables.
func (l TimesLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	return graph.MulScalar(x, l.Factor)
}

// Fuse is the product of both.
func (l TimesLayer) Fuse(next contract.Layer) func(*model.Scope, *graph.Node) *graph.Node {
	n, ok := next.(TimesLayer)
	if !ok {
		return nil
	}
	return TimesLayer{l.Factor * n.Factor}.Apply
}

// BlendLayer adds up values of one shape, each times a trained share.
type BlendLayer struct{ Name string }

// On takes any number of values.
func (l *BlendLayer) On(x ...*contract.Tensor) *contract.Tensor { return contract.On(l, x...) }

// Kind is what the layer was registered as.
func (*BlendLayer) Kind() string { return "Blend" }

// String is what tables and errors show.
func (*BlendLayer) String() string { return "Blend()" }

// OutputShape is JointShape for one value.
func (l *BlendLayer) OutputShape(in []int) ([]int, error) { return l.JointShape([][]int{in}) }

// JointShape wants values of one shape.
func (*BlendLayer) JointShape(in [][]int) ([]int, error) {
	for _, shape := range in[1:] {
		if !slices.Equal(shape, in[0]) {
			return nil, fmt.Errorf("expected values of one shape. Got %v and %v", in[0], shape)
		}
	}
	return in[0], nil
}

// Apply is Join for one value.
func (l *BlendLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.Join(scope, []*graph.Node{x})
}

// Join has the variable shares, one for each value.
func (*BlendLayer) Join(scope *model.Scope, x []*graph.Node) *graph.Node {
	shares := contract.Weight(scope, "shares", Ramp{First: 1, Step: 1}, x[0], len(x))
	sum := graph.ZerosLike(x[0])
	for i, v := range x {
		share := graph.Reshape(graph.Slice(shares, graph.AxisElem(i)), 1)
		sum = graph.Add(sum, graph.Mul(v, graph.ExpandLeftToRank(share, v.Shape().Rank())))
	}
	return sum
}
