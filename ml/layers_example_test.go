package ml_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
)

// show prints the layers behind the input with the shape of an example behind each, and how many numbers its weights have.
func show(layers ...ml.Layer) {
	s, err := ml.Sequential(layers...).Summary()
	if err != nil {
		fmt.Println(err)
		return
	}
	in := layers[0].(*ml.InputLayer).Shape
	for i, l := range layers[1:] {
		in, _ = l.OutputShape(in)
		fmt.Printf("%s: %v, %d weights\n", l, in, s.Rows[i+1].Trainable+s.Rows[i+1].Fixed)
	}
}

func ExampleDepthwiseConv2D() {
	show(ml.Input(8, 8, 3), ml.DepthwiseConv2D(3, ml.ReLU))
	// Output:
	// DepthwiseConv2D(3, relu): [6 6 3], 30 weights
}

func ExampleSeparableConv2D() {
	show(ml.Input(8, 8, 3), ml.SeparableConv2D(16, 3, ml.Same))
	// Output:
	// SeparableConv2D(16, 3, same): [8 8 16], 91 weights
}

func ExampleSeparableConv1D() {
	show(ml.Input(20, 3), ml.SeparableConv1D(4, 5))
	// Output:
	// SeparableConv1D(4, 5): [16 4], 31 weights
}

func ExampleConv1D() {
	show(ml.Input(20, 3), ml.Conv1D(4, 5, ml.Strides(2)))
	// Output:
	// Conv1D(4, 5, strides 2): [8 4], 64 weights
}

func ExampleConv2DTranspose() {
	show(ml.Input(7, 7, 8), ml.Conv2DTranspose(4, 3, ml.Strides(2), ml.Same))
	// Output:
	// Conv2DTranspose(4, 3, strides 2, same): [14 14 4], 292 weights
}

func ExampleConv1DTranspose() {
	show(ml.Input(10, 2), ml.Conv1DTranspose(3, 4, ml.Strides(2)))
	// Output:
	// Conv1DTranspose(3, 4, strides 2): [22 3], 27 weights
}

func ExampleKernelSize() {
	show(ml.Input(8, 8, 1), ml.Conv2D(2, 0, ml.KernelSize(3, 5)))
	// Output:
	// Conv2D(2, 3x5): [6 4 2], 32 weights
}

func ExampleMaxPooling2D() {
	show(ml.Input(7, 7, 2), ml.MaxPooling2D(2), ml.MaxPooling2D(2, ml.Same, ml.Strides(1)))
	// Output:
	// MaxPooling2D(2): [3 3 2], 0 weights
	// MaxPooling2D(2, strides 1, same): [3 3 2], 0 weights
}

func ExampleAveragePooling2D() {
	show(ml.Input(8, 8, 2), ml.AveragePooling2D(4))
	// Output:
	// AveragePooling2D(4): [2 2 2], 0 weights
}

func ExampleMaxPooling1D() {
	show(ml.Input(9, 2), ml.MaxPooling1D(2))
	// Output:
	// MaxPooling1D(2): [4 2], 0 weights
}

func ExampleAveragePooling1D() {
	show(ml.Input(9, 2), ml.AveragePooling1D(3, ml.Strides(2)))
	// Output:
	// AveragePooling1D(3, strides 2): [4 2], 0 weights
}

func ExampleGlobalAveragePooling() {
	show(ml.Input(8, 8, 2), ml.GlobalAveragePooling())
	// Output:
	// GlobalAveragePooling(): [2], 0 weights
}

func ExampleGlobalMaxPooling() {
	show(ml.Input(9, 2), ml.GlobalMaxPooling())
	// Output:
	// GlobalMaxPooling(): [2], 0 weights
}

func ExampleGRU() {
	show(ml.Input(9, 2), ml.GRU(4, ml.Sequences), ml.GRU(4, ml.Backwards, ml.InputDropout(0.1), ml.RecurrentDropout(0.2)))
	// Output:
	// GRU(4, sequences): [9 4], 96 weights
	// GRU(4, backwards): [4], 120 weights
}

func ExampleBidirectional() {
	show(ml.Input(9, 2), ml.Bidirectional(ml.LSTM(4, ml.Sequences)))
	// Output:
	// Bidirectional(LSTM(4, sequences)): [9 8], 224 weights
}

func ExampleTimeDistributed() {
	show(ml.Input(9, 2), ml.TimeDistributed(ml.Dense(5)))
	// Output:
	// TimeDistributed(Dense(5)): [9 5], 15 weights
}

func ExamplePositionalEmbedding() {
	show(ml.Input(9, 4), ml.PositionalEmbedding(20))
	// Output:
	// PositionalEmbedding(20): [9 4], 80 weights
}

func ExamplePReLU() {
	show(ml.Input(3), ml.PReLU())
	// Output:
	// PReLU(): [3], 3 weights
}

func ExampleActivate() {
	show(ml.Input(3), ml.Activate(ml.Mish))
	// Output:
	// Activation(mish): [3], 0 weights
}

func ExampleReshape() {
	show(ml.Input(6), ml.Reshape(3, 2), ml.Flatten())
	// Output:
	// Reshape(3, 2): [3 2], 0 weights
	// Flatten(): [6], 0 weights
}

func ExampleDropout() {
	show(ml.Input(9, 2), ml.Dropout(0.5), ml.SpatialDropout(0.2))
	// Output:
	// Dropout(0.5): [9 2], 0 weights
	// SpatialDropout(0.2): [9 2], 0 weights
}

func ExampleBatchNormalization() {
	show(ml.Input(9, 2), ml.BatchNormalization(), ml.LayerNormalization())
	// Output:
	// BatchNormalization(): [9 2], 8 weights
	// LayerNormalization(): [9 2], 4 weights
}

func ExampleRandomFlip() {
	show(ml.Input(8, 8, 1), ml.RandomFlip(ml.Horizontal), ml.RandomTranslation(0.1, 0.1), ml.RandomRotation(0.05, ml.Nearest), ml.RandomCrop(6, 6))
	// Output:
	// RandomFlip(horizontal): [8 8 1], 0 weights
	// RandomTranslation(0.1, 0.1): [8 8 1], 0 weights
	// RandomRotation(0.05): [8 8 1], 0 weights
	// RandomCrop(6, 6): [6 6 1], 0 weights
}

func ExampleVarianceScaling() {
	show(ml.Input(3), ml.Dense(4, ml.VarianceScaling(2, ml.FanOut, false)), ml.Dense(4, ml.NormalWeights(0.02)), ml.Dense(4, ml.ConstantWeights(0.5), ml.L1L2(1e-4, 1e-3)))
	// Output:
	// Dense(4): [4], 16 weights
	// Dense(4): [4], 20 weights
	// Dense(4): [4], 20 weights
}

func ExampleMultiHeadAttention() {
	query, memory := ml.In("query", 5, 8), ml.In("memory", 9, 6)
	h := ml.MultiHeadAttention(2, 4, ml.Causal).On(ml.SinusoidalEmbedding().On(query))
	h = ml.Add().On(query, h)
	h = ml.MultiHeadAttention(2, 4, ml.AttentionDropout(0.1), ml.ValueDim(3)).On(h, memory)
	shape, err := h.Shape()
	fmt.Println(shape, err)
	// Output:
	// [5 8] <nil>
}

func ExampleAdd() {
	x := ml.In("x", 4)
	for _, layer := range []*ml.MergeLayer{ml.Add(), ml.Subtract(), ml.Multiply(), ml.Mean(), ml.Maximum(), ml.Minimum()} {
		p, err := ml.Functional(ml.Tensors{x}, ml.Tensors{layer.On(x, ml.Activate(ml.ReLU).On(x))}).Predict(context.Background(), [][]float32{{-2, 0, 1, 2}})
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
	shape, err := ml.Concatenate().On(a, b).Shape()
	fmt.Println(shape, err)
	_, err = ml.Concatenate().On(a, ml.Flatten().On(b)).Shape()
	fmt.Println(err)
	// Output:
	// [5 5] <nil>
	// layer concatenate, Concatenate(), given [batch, 5, 2] and [batch, 15]: expected values that differ only along axis 2. Got [batch, 5, 2] and [batch, 15]
}

func ExampleContrastive() {
	// Two pictures go through the same layers; the distance between what comes out is learned.
	a, b := ml.In("a", 2), ml.In("b", 2)
	tower := ml.Dense(3, ml.Named("tower"))
	distance := ml.LayerFunc("distance", func(_ *model.Scope, x []*graph.Node) *graph.Node {
		squares := graph.ReduceAndKeep(graph.Square(graph.Sub(x[0], x[1])), graph.ReduceSum, -1)
		return graph.Sqrt(graph.AddScalar(squares, 1e-9))
	})
	m := ml.Functional(ml.Tensors{a, b}, ml.Tensors{distance.On(tower.On(a), tower.On(b))})
	m.Compile(ml.Adam{LearningRate: 0.05}, ml.Contrastive{Margin: 2})
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
	m := ml.Sequential(ml.Input(1), ml.Lambda("same", func(x *graph.Node) *graph.Node { return x }))
	m.Compile(ml.SGD{}, ml.MeanSquaredError{}, ml.MeanAbsoluteError{}, ml.Weighted(ml.MeanAbsoluteError{}))
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
	m := ml.Sequential(ml.Input(1), ml.Dense(2, ml.Softmax))
	m.Compile(ml.Adam{LearningRate: 0.1, Accumulate: 2}, ml.SparseCategoricalCrossentropy{})
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
	m := ml.Sequential(ml.Input(3), ml.Activate(ml.Softmax))
	m.Compile(ml.SGD{}, ml.SparseCategoricalCrossentropy{}, ml.F1{}, ml.F1{Average: ml.PerClass}, ml.TopKAccuracy{K: 2}, ml.Perplexity{})
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
