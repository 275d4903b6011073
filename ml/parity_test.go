package ml_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// values is an array of the fixtures.
type values struct {
	Shape  []int
	Values []float64
}

// tensor returns the array as float32.
func (v values) tensor() *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(v.floats(), v.Shape...)
}

func (v values) floats() []float32 {
	f := make([]float32, len(v.Values))
	for i := range f {
		f[i] = float32(v.Values[i])
	}
	return f
}

// data returns the array in a form that Fit takes, class numbers as integers.
func (v values) data(integers bool) any {
	if !integers {
		return v.tensor()
	}
	ints := make([]int32, len(v.Values))
	for i := range ints {
		ints[i] = int32(v.Values[i])
	}
	return tensors.FromFlatDataAndDimensions(ints, v.Shape...)
}

// near compares with Keras's numbers: within 1e-5 of the largest of them, or of 1.
func near(t *testing.T, what string, got []float32, want values) {
	t.Helper()
	if len(got) != len(want.Values) {
		t.Errorf("%s: %d values. Keras has shape %v", what, len(got), want.Shape)
		return
	}
	bound := 1.0
	for _, w := range want.Values {
		bound = max(bound, math.Abs(w))
	}
	for i, w := range want.Values {
		if d := math.Abs(float64(got[i]) - w); !(d <= 1e-5*bound) {
			t.Errorf("%s: value %d is %.9g. Keras has %.9g", what, i, got[i], w)
			return
		}
	}
}

type layerCase struct {
	X, Output, Pull, Training, Loss values
	Weights, Gradients, After       map[string]values
}

var parity struct {
	Keras      string
	Optimizers struct {
		Start     []values
		Gradients [][]values
		Cases     map[string][][]values
	}
	Losses map[string]struct {
		Targets, Predictions, Each, Gradient values
	}
	Metrics map[string]struct {
		Targets, Predictions values
		Value                float64
		Values               values
	}
	Layers    map[string]layerCase
	Trainings map[string]trainingCase
}

// fixtures reads what testdata/parity/make.py wrote.
func fixtures(t *testing.T) {
	t.Helper()
	if parity.Keras != "" {
		return
	}
	text, err := os.ReadFile("testdata/parity/parity.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &parity); err != nil {
		t.Fatal(err)
	}
}

// sameCases says when fixtures and table do not have the same cases.
func sameCases[A, B any](t *testing.T, keras map[string]A, ours map[string]B) {
	t.Helper()
	for name := range keras {
		if _, ok := ours[name]; !ok {
			t.Errorf("the case %q is not tested", name)
		}
	}
	for name := range ours {
		if _, ok := keras[name]; !ok {
			t.Errorf("the case %q has no fixture; run testdata/parity/make.py", name)
		}
	}
}

func TestOptimizersAsKeras(t *testing.T) {
	fixtures(t)
	cases := map[string]contract.Optimizer{
		"sgd":              optimizers.SGD{},
		"momentum":         optimizers.SGD{Momentum: 0.9},
		"nesterov":         optimizers.SGD{Momentum: 0.9, Nesterov: true},
		"adam":             optimizers.Adam{},
		"adam epsilon":     optimizers.Adam{LearningRate: 0.05, Epsilon: 0.1},
		"adamw":            optimizers.AdamW{LearningRate: 0.02},
		"rmsprop":          optimizers.RMSprop{},
		"rmsprop centered": optimizers.RMSprop{LearningRate: 0.01, Momentum: 0.5, Centered: true},
		"adagrad":          optimizers.Adagrad{},
		"lion":             optimizers.Lion{},
		"clip norm":        optimizers.SGD{LearningRate: 0.1, Clip: optimizers.Clip{Norm: 0.5}},
		"clip value":       optimizers.SGD{LearningRate: 0.1, Clip: optimizers.Clip{Value: 0.2}},
		"clip global":      optimizers.SGD{LearningRate: 0.1, Clip: optimizers.Clip{GlobalNorm: 0.5}},
		"exponential":      optimizers.SGD{Schedule: optimizers.ExponentialDecay(0.5, 4, 0.8)},
		"steps":            optimizers.SGD{Schedule: optimizers.StepDecay([]int{2, 5}, []float64{0.5, 0.25, 0.1})},
		"cosine":           optimizers.SGD{Schedule: optimizers.CosineDecay(0.5, 8)},
		"accumulate":       optimizers.Adam{LearningRate: 0.05, Accumulate: 3, Clip: optimizers.Clip{Norm: 0.5}},
		"accumulate decay": optimizers.AdamW{Schedule: optimizers.ExponentialDecay(0.5, 4, 0.8), Accumulate: 2},
		"warm-up":          optimizers.SGD{Schedule: optimizers.CosineDecay(0.5, 6).WarmUp(3)},
	}
	sameCases(t, parity.Optimizers.Cases, cases)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for name, o := range cases {
			t.Run(name, func(t *testing.T) {
				update, err := o.GoMLX()
				if err != nil {
					t.Fatal(err)
				}
				store := model.NewStore()
				defer store.Finalize()
				start := parity.Optimizers.Start
				exec, err := model.NewExec(b.GoMLX(), store, func(scope *model.Scope, grads []*graph.Node) []*graph.Node {
					// The gradient of the sum of weight·gradient is the gradient wanted.
					var loss *graph.Node
					for i, g := range grads {
						v := scope.VariableWithValue(fmt.Sprintf("w%d", i), start[i].tensor())
						term := graph.ReduceAllSum(graph.Mul(v.NodeValue(g), g))
						if loss == nil {
							loss = term
						} else {
							loss = graph.Add(loss, term)
						}
					}
					update.UpdateGraph(scope, loss.Graph(), loss)
					return []*graph.Node{loss}
				})
				if err != nil {
					t.Fatal(err)
				}
				defer exec.Finalize()
				for step, grads := range parity.Optimizers.Gradients {
					if _, err := exec.Call(grads[0].tensor(), grads[1].tensor()); err != nil {
						t.Fatal(err)
					}
					for i, want := range parity.Optimizers.Cases[name][step] {
						got := store.GetVariable(fmt.Sprintf("/w%d", i)).MustValue()
						near(t, fmt.Sprintf("weight %d after step %d", i, step+1), tensors.MustCopyFlatData[float32](got), want)
					}
				}
			})
		}
	})
}

func TestLossesAsKeras(t *testing.T) {
	fixtures(t)
	cases := map[string]contract.Loss{
		"mse":                losses.MeanSquaredError{},
		"mae":                losses.MeanAbsoluteError{},
		"huber":              losses.Huber{},
		"huber 0.5":          losses.Huber{Delta: 0.5},
		"binary":             losses.BinaryCrossentropy{},
		"binary logits":      losses.BinaryCrossentropy{FromLogits: true},
		"binary smooth":      losses.BinaryCrossentropy{FromLogits: true, LabelSmoothing: 0.2},
		"categorical":        losses.CategoricalCrossentropy{},
		"categorical logits": losses.CategoricalCrossentropy{FromLogits: true},
		"categorical smooth": losses.CategoricalCrossentropy{FromLogits: true, LabelSmoothing: 0.1},
		"sparse":             losses.SparseCategoricalCrossentropy{},
		"sparse logits":      losses.SparseCategoricalCrossentropy{FromLogits: true},
		"kl":                 losses.KLDivergence{},
		"hinge":              losses.Hinge{},
		"hinge signed":       losses.Hinge{},
		"contrastive":        losses.Contrastive{},
		"contrastive 0.5":    losses.Contrastive{Margin: 0.5},
	}
	sameCases(t, parity.Losses, cases)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		// All in one graph, because XLA takes long to compile many.
		var names []string
		var in []any
		for name, loss := range cases {
			_, sparse := loss.(losses.SparseCategoricalCrossentropy)
			names = append(names, name)
			in = append(in, parity.Losses[name].Targets.data(sparse), parity.Losses[name].Predictions.tensor())
		}
		out, err := graph.CallOnceN(b.GoMLX(), func(in []*graph.Node) (out []*graph.Node) {
			for i, name := range names {
				y, p := in[2*i], in[2*i+1]
				each := cases[name].PerExample(y, p)
				out = append(out, each, graph.Gradient(graph.ReduceAllMean(each), p)[0])
			}
			return out
		}, in...)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			near(t, name, tensors.MustCopyFlatData[float32](out[2*i]), parity.Losses[name].Each)
			near(t, name+", gradient", tensors.MustCopyFlatData[float32](out[2*i+1]), parity.Losses[name].Gradient)
		}
	})
}

func TestMetricsAsKeras(t *testing.T) {
	fixtures(t)
	cases := map[string]contract.Metric{
		"sparse accuracy":      metrics.Accuracy{},
		"categorical accuracy": metrics.CategoricalAccuracy{},
		"binary accuracy":      metrics.BinaryAccuracy{},
		"top 2":                metrics.TopKAccuracy{K: 2},
		"top 3 hot":            metrics.TopKAccuracy{K: 3},
		"precision":            metrics.Precision{},
		"recall":               metrics.Recall{},
		"f1":                   metrics.F1{},
		"f1 macro":             metrics.F1{},
		"f1 micro":             metrics.F1{Average: metrics.Micro},
		"f1 per class":         metrics.F1{Average: metrics.PerClass},
		"auc":                  metrics.AUC{},
		"mse":                  metrics.MeanSquaredError{},
		"mae":                  metrics.MeanAbsoluteError{},
		"rmse":                 metrics.RootMeanSquaredError{},
		"r2":                   metrics.R2{},
		"perplexity":           metrics.Perplexity{FromLogits: true},
	}
	sameCases(t, parity.Metrics, cases)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		var names []string
		var in []any
		for name := range cases {
			names = append(names, name)
			want := parity.Metrics[name]
			in = append(in, want.Targets.data(len(want.Targets.Shape) == 1), want.Predictions.tensor())
		}
		out, err := graph.CallOnceN(b.GoMLX(), func(in []*graph.Node) (out []*graph.Node) {
			for i, name := range names {
				y, p := in[2*i], in[2*i+1]
				// Rows that only pad a batch have weight 0: here the second half, which repeats the first.
				row := graph.ReduceSum(p, -1)
				w := graph.Concatenate([]*graph.Node{graph.OnesLike(row), graph.ZerosLike(row)}, 0)
				twice := func(x *graph.Node) *graph.Node { return graph.Concatenate([]*graph.Node{x, x}, 0) }
				out = append(out, cases[name].Sums(twice(y), twice(p), w))
			}
			return out
		}, in...)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			var sums []float64
			if out[i].DType() == dtypes.Float64 {
				sums = tensors.MustCopyFlatData[float64](out[i])
			} else {
				for _, s := range tensors.MustCopyFlatData[float32](out[i]) {
					sums = append(sums, float64(s))
				}
			}
			want := parity.Metrics[name].Value
			if name == "f1 per class" {
				want = parity.Metrics["f1 macro"].Value // of all classes together it is their mean
			}
			if got := cases[name].Value(sums); !(math.Abs(got-want) <= 1e-5*max(1, math.Abs(want))) {
				t.Errorf("%s: %.9g. Keras has %.9g", name, got, want)
			}
			if several, ok := cases[name].(interface {
				Figures(sums []float64) []contract.Value
			}); ok {
				var got []float32
				for _, v := range several.Figures(sums) {
					got = append(got, float32(v.Value))
				}
				if got != nil {
					near(t, name, got, parity.Metrics[name].Values)
				}
			}
		}
	})
}
