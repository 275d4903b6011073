package ml_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// show prints the layers behind the input with the shape of an example behind each, and how many numbers its weights have.
func show(parts ...contract.Layer) {
	s, err := ml.Sequential(parts...).Summary()
	if err != nil {
		fmt.Println(err)
		return
	}
	in := parts[0].(*layers.InputLayer).Shape
	for i, l := range parts[1:] {
		in, _ = l.OutputShape(in)
		fmt.Printf("%s: %v, %d weights\n", l, in, s.Rows[i+1].Trainable+s.Rows[i+1].Fixed)
	}
}

func ExampleDepthwiseConv2D() {
	show(layers.Input(8, 8, 3), layers.DepthwiseConv2D(3, layers.ReLU))
	// Output:
	// DepthwiseConv2D(3, relu): [6 6 3], 30 weights
}

func ExampleSeparableConv2D() {
	show(layers.Input(8, 8, 3), layers.SeparableConv2D(16, 3, layers.Same))
	// Output:
	// SeparableConv2D(16, 3, same): [8 8 16], 91 weights
}

func ExampleSeparableConv1D() {
	show(layers.Input(20, 3), layers.SeparableConv1D(4, 5))
	// Output:
	// SeparableConv1D(4, 5): [16 4], 31 weights
}

func ExampleConv1D() {
	show(layers.Input(20, 3), layers.Conv1D(4, 5, layers.Strides(2)))
	// Output:
	// Conv1D(4, 5, strides 2): [8 4], 64 weights
}

func ExampleConv2DTranspose() {
	show(layers.Input(7, 7, 8), layers.Conv2DTranspose(4, 3, layers.Strides(2), layers.Same))
	// Output:
	// Conv2DTranspose(4, 3, strides 2, same): [14 14 4], 292 weights
}

func ExampleConv1DTranspose() {
	show(layers.Input(10, 2), layers.Conv1DTranspose(3, 4, layers.Strides(2)))
	// Output:
	// Conv1DTranspose(3, 4, strides 2): [22 3], 27 weights
}

func ExampleKernelSize() {
	show(layers.Input(8, 8, 1), layers.Conv2D(2, 0, layers.KernelSize(3, 5)))
	// Output:
	// Conv2D(2, 3x5): [6 4 2], 32 weights
}

func ExampleMaxPooling2D() {
	show(layers.Input(7, 7, 2), layers.MaxPooling2D(2), layers.MaxPooling2D(2, layers.Same, layers.Strides(1)))
	// Output:
	// MaxPooling2D(2): [3 3 2], 0 weights
	// MaxPooling2D(2, strides 1, same): [3 3 2], 0 weights
}

func ExampleAveragePooling2D() {
	show(layers.Input(8, 8, 2), layers.AveragePooling2D(4))
	// Output:
	// AveragePooling2D(4): [2 2 2], 0 weights
}

func ExampleMaxPooling1D() {
	show(layers.Input(9, 2), layers.MaxPooling1D(2))
	// Output:
	// MaxPooling1D(2): [4 2], 0 weights
}

func ExampleAveragePooling1D() {
	show(layers.Input(9, 2), layers.AveragePooling1D(3, layers.Strides(2)))
	// Output:
	// AveragePooling1D(3, strides 2): [4 2], 0 weights
}

func ExampleGlobalAveragePooling() {
	show(layers.Input(8, 8, 2), layers.GlobalAveragePooling())
	// Output:
	// GlobalAveragePooling(): [2], 0 weights
}

func ExampleGlobalMaxPooling() {
	show(layers.Input(9, 2), layers.GlobalMaxPooling())
	// Output:
	// GlobalMaxPooling(): [2], 0 weights
}

func ExampleGRU() {
	show(layers.Input(9, 2), layers.GRU(4, layers.Sequences), layers.GRU(4, layers.Backwards, layers.InputDropout(0.1), layers.RecurrentDropout(0.2)))
	// Output:
	// GRU(4, sequences): [9 4], 96 weights
	// GRU(4, backwards): [4], 120 weights
}

func ExampleBidirectional() {
	show(layers.Input(9, 2), layers.Bidirectional(layers.LSTM(4, layers.Sequences)))
	// Output:
	// Bidirectional(LSTM(4, sequences)): [9 8], 224 weights
}

func ExampleTimeDistributed() {
	show(layers.Input(9, 2), layers.TimeDistributed(layers.Dense(5)))
	// Output:
	// TimeDistributed(Dense(5)): [9 5], 15 weights
}

func ExamplePositionalEmbedding() {
	show(layers.Input(9, 4), layers.PositionalEmbedding(20))
	// Output:
	// PositionalEmbedding(20): [9 4], 80 weights
}

func ExamplePReLU() {
	show(layers.Input(3), layers.PReLU())
	// Output:
	// PReLU(): [3], 3 weights
}

func ExampleActivate() {
	show(layers.Input(3), layers.Activate(layers.Mish))
	// Output:
	// Activation(mish): [3], 0 weights
}

func ExampleReshape() {
	show(layers.Input(6), layers.Reshape(3, 2), layers.Flatten())
	// Output:
	// Reshape(3, 2): [3 2], 0 weights
	// Flatten(): [6], 0 weights
}

func ExampleDropout() {
	show(layers.Input(9, 2), layers.Dropout(0.5), layers.SpatialDropout(0.2))
	// Output:
	// Dropout(0.5): [9 2], 0 weights
	// SpatialDropout(0.2): [9 2], 0 weights
}

func ExampleBatchNormalization() {
	show(layers.Input(9, 2), layers.BatchNormalization(), layers.LayerNormalization())
	// Output:
	// BatchNormalization(): [9 2], 8 weights
	// LayerNormalization(): [9 2], 4 weights
}

func ExampleRandomFlip() {
	show(layers.Input(8, 8, 1), layers.RandomFlip(layers.Horizontal), layers.RandomTranslation(0.1, 0.1), layers.RandomRotation(0.05, layers.Nearest), layers.RandomCrop(6, 6))
	// Output:
	// RandomFlip(horizontal): [8 8 1], 0 weights
	// RandomTranslation(0.1, 0.1): [8 8 1], 0 weights
	// RandomRotation(0.05): [8 8 1], 0 weights
	// RandomCrop(6, 6): [6 6 1], 0 weights
}

func ExampleVarianceScaling() {
	show(layers.Input(3), layers.Dense(4, initializers.VarianceScaling(2, initializers.FanOut, false)), layers.Dense(4, initializers.Normal(0.02)), layers.Dense(4, initializers.Constant(0.5), regularizers.L1L2(1e-4, 1e-3)))
	// Output:
	// Dense(4): [4], 16 weights
	// Dense(4): [4], 20 weights
	// Dense(4): [4], 20 weights
}

func ExampleMultiHeadAttention() {
	query, memory := ml.In("query", 5, 8), ml.In("memory", 9, 6)
	h := layers.MultiHeadAttention(2, 4, layers.Causal).On(layers.SinusoidalEmbedding().On(query))
	h = layers.Add().On(query, h)
	h = layers.MultiHeadAttention(2, 4, layers.AttentionDropout(0.1), layers.ValueDim(3)).On(h, memory)
	shape, err := h.Shape()
	fmt.Println(shape, err)
	// Output:
	// [5 8] <nil>
}

func ExampleAdd() {
	x := ml.In("x", 4)
	for _, layer := range []*layers.MergeLayer{layers.Add(), layers.Subtract(), layers.Multiply(), layers.Mean(), layers.Maximum(), layers.Minimum()} {
		p, err := ml.Functional(ml.Tensors{x}, ml.Tensors{layer.On(x, layers.Activate(layers.ReLU).On(x))}).Predict(context.Background(), [][]float32{{-2, 0, 1, 2}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(layer, p.Row(0))
	}
	// Output:
	// Add() [-2 0 2 4]
	// Subtract() [-2 0 0 0]
	// Multiply() [-0 0 1 4]
	// Mean() [-1 0 1 2]
	// Maximum() [0 0 1 2]
	// Minimum() [-2 0 1 2]
}

func ExampleConcatenate() {
	a, b := ml.In("a", 5, 2), ml.In("b", 5, 3)
	shape, err := layers.Concatenate().On(a, b).Shape()
	fmt.Println(shape, err)
	_, err = layers.Concatenate().On(a, layers.Flatten().On(b)).Shape()
	fmt.Println(err)
	// Output:
	// [5 5] <nil>
	// Concatenate(), given [batch, 5, 2] and [batch, 15]: expected values that differ only along axis 2. Got [batch, 5, 2] and [batch, 15]
}

func ExampleContrastive() {
	// Two pictures go through the same layers; the distance between what comes out is learned.
	a, b := ml.In("a", 2), ml.In("b", 2)
	tower := layers.Dense(3, layers.Named("tower"))
	distance := layers.LayerFunc("distance", func(_ *model.Scope, x []*graph.Node) *graph.Node {
		squares := graph.ReduceAndKeep(graph.Square(graph.Sub(x[0], x[1])), graph.ReduceSum, -1)
		return graph.Sqrt(graph.AddScalar(squares, 1e-9))
	})
	m := ml.Functional(ml.Tensors{a, b}, ml.Tensors{distance.On(tower.On(a), tower.On(b))})
	m.Compile(optimizers.Adam{LearningRate: 0.05}, losses.Contrastive{Margin: 2})
	x := ml.Arrays{"a": [][]float32{{0, 1}, {1, 0}, {0, 1}, {1, 0}}, "b": [][]float32{{0, 2}, {2, 0}, {1, 0}, {0, 1}}}
	if _, err := m.Fit(context.Background(), x, []int{1, 1, 0, 0}, ml.FitConfig{Epochs: 200, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), x)
	fmt.Println(p.Values[0] < 1, p.Values[2] > 1)
	// Output:
	// true true
}

func ExampleWeighted() {
	m := ml.Sequential(layers.Input(1), layers.Lambda("same", func(x *graph.Node) *graph.Node { return x }))
	m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}, metrics.MeanAbsoluteError{}, metrics.Weighted(metrics.MeanAbsoluteError{}))
	s, err := m.EvaluateExamples(context.Background(), ml.PairWeighted([]float32{0, 0}, []float32{1, 3}, []float32{3, 1}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s)
	// Output:
	// loss: 6.0000 - mean_absolute_error: 2.0000 - weighted_mean_absolute_error: 1.5000
}

func ExampleFitConfig_classWeights() {
	m := ml.Sequential(layers.Input(1), layers.Dense(2, layers.Softmax))
	m.Compile(optimizers.Adam{LearningRate: 0.1, Accumulate: 2}, losses.SparseCategoricalCrossentropy{})
	// Examples of class 1 are rare, and count the more.
	x, y := []float32{0, 0, 0, 0}, []int{0, 0, 0, 1}
	if _, err := m.Fit(context.Background(), x, y, ml.FitConfig{Epochs: 300, Quiet: true, ClassWeights: map[int]float64{1: 3}}); err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), []float32{0})
	fmt.Printf("%.2f\n", p.Row(0))
	// Output:
	// [0.50 0.50]
}

func ExampleAverage() {
	m := ml.Sequential(layers.Input(3), layers.Activate(layers.Softmax))
	m.Compile(optimizers.SGD{}, losses.SparseCategoricalCrossentropy{}, metrics.F1{}, metrics.F1{Average: metrics.PerClass}, metrics.TopKAccuracy{K: 2}, metrics.Perplexity{})
	s, err := m.Evaluate(context.Background(), [][]float32{{9, 0, 1}, {0, 9, 1}, {0, 9, 1}, {1, 0, 9}}, []int{0, 1, 2, 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range s.Metrics {
		fmt.Printf("%s %.2f\n", v.Name, v.Value)
	}
	// Output:
	// f1 0.78
	// f1_0 1.00
	// f1_1 0.67
	// f1_2 0.67
	// top_2_accuracy 1.00
	// perplexity 7.39
}
