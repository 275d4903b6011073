package ml_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/gradcheck"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// Centre subtracts a moving mean of each feature and multiplies by a learned gain.
type Centre struct {
	// Initializer is that of the gain, Ones by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Penalty is that of the gain; none by default.
	Penalty regularizers.Penalty `json:"penalty,omitzero"`
	// Name is the layer's name in the model; empty means centre, centre_1, ...
	Name string `json:"name,omitempty"`
}

// NewCentre takes an Initializer, a Penalty and Named.
func NewCentre(options ...layers.EmbeddingOption) *Centre {
	s := layers.Read(options)
	return &Centre{Initializer: s.Initializer, Penalty: s.Penalty, Name: s.Name}
}

func (*Centre) Kind() string   { return "Centre" }
func (*Centre) String() string { return "Centre()" }

func (l *Centre) OutputShape(in []int) ([]int, error) {
	if len(in) != 1 {
		return nil, fmt.Errorf("expected input [batch, features]. Got %d axes", 1+len(in))
	}
	return in, l.Initializer.Check()
}

func (l *Centre) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	given := x.DType()
	x = graph.ConvertDType(x, contract.WeightType(given)) // sums need more than bfloat16
	g, features := x.Graph(), x.Shape().Dim(-1)
	gain := contract.Weight(scope, "gain", l.Initializer.Or(initializers.Ones), x, features)
	state := contract.State(scope, "mean", initializers.Zeros, x, features)
	mean := state.NodeValue(g)
	if scope.IsTraining(g) && !contract.Frozen(scope, g) {
		now := graph.ReduceMean(x, 0)
		if mask := contract.BatchMask(x); mask != nil { // without rows that only fill up the batch
			sum := graph.ReduceSum(graph.Mul(x, graph.InsertAxes(mask, -1)), 0)
			now = graph.Div(sum, graph.ReduceAllSum(mask))
		}
		state.SetNodeValue(graph.Add(graph.MulScalar(mean, 0.9), graph.MulScalar(now, 0.1)))
	}
	y := graph.Mul(graph.Sub(x, graph.InsertAxes(mean, 0)), graph.InsertAxes(gain, 0))
	return graph.ConvertDType(y, given)
}

func (l *Centre) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return l.Penalty.Of(scope.GetVariable("gain"), g)
}

// Example_ownLayer has a layer with a weight, a state, options and a penalty. It is trained, saved
// and loaded as built-in layers are.
func Example_ownLayer() {
	layers.Register("Centre", func() contract.Layer { return new(Centre) })

	m := ml.Sequential(layers.Input(2), NewCentre(regularizers.L2(1e-4)), layers.Dense(1))
	m.Compile(optimizers.Adam{LearningRate: 0.1}, losses.MeanSquaredError{})
	x, y := [][]float32{{10, 1}, {11, 2}, {12, 4}, {13, 3}}, []float32{1, 2, 4, 3}
	if _, err := m.Fit(context.Background(), x, y, ml.FitConfig{Epochs: 300, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "own")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := m.Save(filepath.Join(dir, "m")); err != nil {
		fmt.Println(err)
		return
	}
	loaded, err := ml.Load(filepath.Join(dir, "m"))
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), x)
	q, _ := loaded.Predict(context.Background(), x)
	s, _ := loaded.Summary()
	r, err := gradcheck.Layer(NewCentre(), gradcheck.Config{Training: true}, []int{5, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %t\n", p.Values, slices.Equal(p.Values, q.Values))
	fmt.Println(s.Rows[1].Trainable, "weights,", s.Rows[1].Fixed, "numbers of state; gradient:", r.Err())
	// Output:
	// [1 2 4 3] true
	// 2 weights, 2 numbers of state; gradient: <nil>
}

// Residual adds what a layer makes of its input to the input.
type Residual struct {
	Layer contract.Layer
	Name  string
}

func (*Residual) Kind() string     { return "Residual" }
func (l *Residual) String() string { return fmt.Sprintf("Residual(%s)", l.Layer) }

func (l *Residual) OutputShape(in []int) ([]int, error) {
	out, err := l.Layer.OutputShape(in)
	if err == nil && !slices.Equal(in, out) {
		err = fmt.Errorf("expected a layer that keeps the shape %v. Got %v from %s", in, out, l.Layer)
	}
	return out, err
}

// Autocast returns true, so that under MixedBFloat16 the sum is of two numbers of one type.
func (*Residual) Autocast() bool { return true }

func (l *Residual) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return graph.Add(x, contract.Call(l.Layer, scope.At("inner"), x))
}

func (l *Residual) Children() []contract.Child {
	return []contract.Child{{Scope: "inner", Layer: l.Layer}}
}

type savedResidual struct {
	Layer contract.Saved
	Name  string
}

func (l *Residual) MarshalJSON() ([]byte, error) {
	inner, err := layers.Save(l.Layer)
	if err != nil {
		return nil, err
	}
	return json.Marshal(savedResidual{inner, l.Name})
}

func (l *Residual) UnmarshalJSON(text []byte) (err error) {
	var s savedResidual
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	l.Name = s.Name
	l.Layer, err = layers.Load(s.Layer)
	return err
}

// Example_ownWrapper has a layer with a layer in it, computed in bfloat16.
func Example_ownWrapper() {
	layers.Register("Residual", func() contract.Layer { return new(Residual) })
	layers.Register("Centre", func() contract.Layer { return new(Centre) })

	h := &Residual{Layer: layers.Dense(3, layers.Tanh, regularizers.L2(1e-4)), Name: "block"}
	m := ml.Sequential(layers.Input(3), h, NewCentre(), layers.Dense(1))
	m.UsePolicy(ml.MixedBFloat16)
	m.Compile(optimizers.Adam{}, losses.MeanSquaredError{})
	x, y := [][]float32{{0, 1, 2}, {2, 1, 0}}, []float32{1, 0}
	if _, err := m.Fit(context.Background(), x, y, ml.FitConfig{Epochs: 2, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "own")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := m.Save(filepath.Join(dir, "m")); err != nil {
		fmt.Println(err)
		return
	}
	loaded, err := ml.Load(filepath.Join(dir, "m"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(loaded)
	fmt.Println(loaded.Store().GetVariable("/model/block/inner/kernel").Shape())
	// Output:
	// Sequential(Input(3), Residual(Dense(3, tanh)), Centre(), Dense(1))
	// (Float32)[3, 3]
}

// Example_scale is the first step to a layer of one's own: a function.
func Example_scale() {
	scale := layers.LayerFunc("scale", func(scope *model.Scope, x []*graph.Node) *graph.Node {
		return graph.Mul(x[0], contract.Weight(scope, "factor", initializers.Ones, x[0]))
	})
	m := ml.Sequential(layers.Input(1), scale)
	m.Compile(optimizers.SGD{LearningRate: 0.1}, losses.MeanSquaredError{})
	if _, err := m.Fit(context.Background(), []float32{1, 2}, []float32{3, 6}, ml.FitConfig{Epochs: 50, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), []float32{10})
	fmt.Printf("%.1f\n", p.Values[0])
	// Output: 30.0
}
