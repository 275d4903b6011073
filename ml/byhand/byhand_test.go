package byhand_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/byhand"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// worked is the article's neuron: one example.
var worked = byhand.Neuron{Examples: []byhand.Example{{X1: 0.5, X2: -1.5, Y: 1}}, B: 0.1}

// several has examples that no weights answer all.
var several = byhand.Neuron{Examples: []byhand.Example{{X1: 1, X2: 0.2, Y: 1}, {X1: -0.5, X2: 1, Y: 0}, {X1: 0.3, X2: -2, Y: 1}, {X1: 0.9, X2: 0.1, Y: 0}}, B: -0.2}

func near(a, b [2]float64, tolerance float64) bool {
	return math.Abs(a[0]-b[0]) <= tolerance && math.Abs(a[1]-b[1]) <= tolerance
}

func TestThreeGradientsAgree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []byhand.Neuron{worked, several} {
		for range 50 {
			theta := [2]float64{r.NormFloat64(), r.NormFloat64()}
			hand := n.Gradient(theta)
			auto, err := n.Autodiff(theta)
			if err != nil {
				t.Fatal(err)
			}
			if !near(hand, auto, 1e-15) {
				t.Errorf("θ = %v: by hand %v, by automatic differentiation %v", theta, hand, auto)
			}
			if differences := n.Differences(theta, 1e-5); !near(hand, differences, 1e-10) {
				t.Errorf("θ = %v: by hand %v, by differences %v", theta, hand, differences)
			}
		}
	}
}

// TestPrintedFormulaClimbs shows what the missing minus sign and factor do.
func TestPrintedFormulaClimbs(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		theta := [2]float64{r.NormFloat64(), r.NormFloat64()}
		right, printed := worked.Gradient(theta), worked.Printed(theta)
		c := worked.Chain(theta, worked.Examples[0])
		if !near(right, [2]float64{-c.Sigmoid * printed[0], -c.Sigmoid * printed[1]}, 1e-15) {
			t.Errorf("θ = %v: the gradient %v is not the printed formula %v times %g", theta, right, printed, -c.Sigmoid)
		}
		before := worked.Loss(theta)
		up := byhand.Walk(&byhand.GradientDescent{Rate: 0.5}, worked.Printed, theta, 20)
		down := byhand.Walk(&byhand.GradientDescent{Rate: 0.5}, worked.Gradient, theta, 20)
		if a, b := worked.Loss(up[20]), worked.Loss(down[20]); a <= before || b >= before {
			t.Errorf("θ = %v: from %g the printed formula leads to %g, the gradient to %g", theta, before, a, b)
		}
	}
}

// TestStepsAreThoseOfPackageML trains the neuron as a model of package ml and compares the weights.
func TestStepsAreThoseOfPackageML(t *testing.T) {
	b, err := backend.NewGo()
	if err != nil {
		t.Fatal(err)
	}
	start, steps := [2]float64{0.4, -1.1}, 25
	x, y := [][]float32{}, []float32{}
	for _, e := range several.Examples {
		x, y = append(x, []float32{float32(e.X1), float32(e.X2)}), append(y, float32(e.Y))
	}
	half := losses.LossFunc("half a square", func(y, p *graph.Node) *graph.Node {
		return graph.DivScalar(graph.Square(graph.Sub(y, graph.Reshape(p, y.Shape().Dimensions...))), 2)
	})
	for _, test := range []struct {
		hand byhand.Descent
		ml   contract.Optimizer
	}{
		{&byhand.GradientDescent{Rate: 0.5}, optimizers.SGD{LearningRate: 0.5}},
		{&byhand.Momentum{Rate: 0.5, Beta: 0.9}, optimizers.SGD{LearningRate: 0.5, Momentum: 0.9}},
		// Package ml adds epsilon before the correction, as Keras does; a tiny one makes the two
		// forms the same.
		{&byhand.Adam{Rate: 0.1, Epsilon: 1e-12}, optimizers.Adam{LearningRate: 0.1, Epsilon: 1e-12}},
	} {
		m := ml.Sequential(layers.Input(2), layers.Dense(1, layers.Sigmoid, layers.Named("neuron")))
		m.UseBackend(b)
		if err := m.Compile(test.ml, half); err != nil {
			t.Fatal(err)
		}
		if err := m.Build(0); err != nil {
			t.Fatal(err)
		}
		kernel := m.Store().GetVariable("/model/neuron/kernel")
		bias := m.Store().GetVariable("/model/neuron/bias")
		set(t, kernel, tensors.FromFlatDataAndDimensions([]float32{float32(start[0]), float32(start[1])}, 2, 1))
		set(t, bias, tensors.FromFlatDataAndDimensions([]float32{float32(several.B)}, 1))
		for i, want := range byhand.Walk(test.hand, several.Gradient, start, steps) {
			if i > 0 {
				if _, err := m.Fit(t.Context(), x, y, ml.FitConfig{BatchSize: 4, InOrder: true, Quiet: true}); err != nil {
					t.Fatal(err)
				}
				// The bias stays where it is in the example worked by hand.
				set(t, bias, tensors.FromFlatDataAndDimensions([]float32{float32(several.B)}, 1))
			}
			v := tensors.MustCopyFlatData[float32](kernel.MustValue())
			if got := [2]float64{float64(v[0]), float64(v[1])}; !near(got, want, 1e-5) {
				t.Fatalf("%s, step %d: %v by package ml, %v by hand", test.hand, i, got, want)
			}
		}
	}
}

// set gives a variable a value.
func set(t *testing.T, v *model.Variable, value *tensors.Tensor) {
	t.Helper()
	if err := v.SetValue(value); err != nil {
		t.Fatal(err)
	}
}

func TestLosses(t *testing.T) {
	approx := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %g. Expected %g", name, got, want)
		}
	}
	approx("mean squared error", byhand.MeanSquaredError([]float64{1, 2, 3}, []float64{1, 0, 6}), 13./3)
	approx("binary cross-entropy", byhand.BinaryCrossEntropy([]float64{1, 0}, []float64{0.5, 0.75}), (math.Ln2+2*math.Ln2)/2)
	approx("cross-entropy", byhand.CrossEntropy([]float64{0, 1, 0}, []float64{0.25, 0.25, 0.5}), 2*math.Ln2)
	approx("cross-entropy of even halves", byhand.CrossEntropy([]float64{0.5, 0.5}, []float64{0.5, 0.5}), math.Ln2)
	defer func() {
		if recover() == nil {
			t.Error("nothing to take the mean of, and no panic")
		}
	}()
	byhand.MeanSquaredError(nil, nil)
}

func ExampleNeuron() {
	n := byhand.Neuron{Examples: []byhand.Example{{X1: 1, X2: 2, Y: 1}}}
	theta := [2]float64{0.5, -0.5}
	auto, err := n.Autodiff(theta)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("by hand        %.6f\n", n.Gradient(theta))
	fmt.Printf("by GoMLX       %.6f\n", auto)
	fmt.Printf("by differences %.6f\n", n.Differences(theta, 1e-5))
	fmt.Printf("as printed     %.6f\n", n.Printed(theta))
	// Output:
	// by hand        [-0.146280 -0.292561]
	// by GoMLX       [-0.146280 -0.292561]
	// by differences [-0.146280 -0.292561]
	// as printed     [0.622459 1.244919]
}

func ExampleWalk() {
	n := byhand.Neuron{Examples: []byhand.Example{{X1: 1, X2: 2, Y: 1}}}
	for _, d := range []byhand.Descent{&byhand.GradientDescent{Rate: 1}, &byhand.Momentum{Rate: 1, Beta: 0.9}, &byhand.Adam{Rate: 0.1}} {
		path := byhand.Walk(d, n.Gradient, [2]float64{0.5, -0.5}, 10)
		fmt.Printf("%s: loss %.4f to %.4f\n", d, n.Loss(path[0]), n.Loss(path[10]))
	}
	// Output:
	// gradient descent (α = 1): loss 0.1937 to 0.0071
	// momentum (α = 1, β = 0.9): loss 0.1937 to 0.0000
	// Adam (α = 0.1, β1 = 0.9, β2 = 0.999): loss 0.1937 to 0.0053
}
