package ml_test

import (
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// gradientCase is a layer with the shapes of batches of its inputs.
type gradientCase struct {
	layer  contract.Layer
	shapes [][]int
}

// noGradient are kinds of layers that have no case in gradientCases, and why.
var noGradient = map[string]string{
	"Input":     "passes its input on",
	"Embedding": "takes integers: TestEmbeddingGradient",
}

// gradientCases are layers of every kind: their gradients are compared with finite differences, and
// models with them are saved and loaded.
func gradientCases() []gradientCase {
	wide := layers.DepthwiseConv2D(3, layers.Strides(2), layers.Same)
	wide.Multiplier = 2
	cases := []gradientCase{
		{layers.Dense(3, layers.Tanh), [][]int{{4, 5}}},
		{layers.Dense(2, layers.Sigmoid, layers.NoBias), [][]int{{2, 3, 4}}},
		{layers.Flatten(), [][]int{{2, 3, 4}}},
		{layers.Reshape(4, 3), [][]int{{2, 3, 4}}},
		{layers.Dropout(0.4), [][]int{{3, 8}}},
		{layers.Conv1D(3, 2, layers.GELU, layers.Same), [][]int{{2, 6, 2}}},
		{layers.Conv2D(3, 3, layers.Tanh), [][]int{{2, 6, 5, 2}}},
		{layers.Conv2D(2, 3, layers.Strides(2), layers.Same), [][]int{{1, 7, 6, 3}}},
		{layers.MaxPooling2D(2), [][]int{{2, 4, 6, 2}}},
		{layers.MaxPooling2D(3, layers.Strides(2), layers.Same), [][]int{{1, 7, 7, 2}}},
		{layers.AveragePooling2D(2, layers.Same), [][]int{{2, 5, 5, 2}}},
		{layers.GlobalMaxPooling(), [][]int{{2, 4, 3, 2}}},
		{layers.GlobalAveragePooling(), [][]int{{2, 4, 3, 2}}},
		{layers.BatchNormalization(), [][]int{{6, 4}}},
		{layers.BatchNormalization(), [][]int{{3, 4, 4, 2}}},
		{layers.LayerNormalization(), [][]int{{3, 5}}},
		{layers.LSTM(3), [][]int{{2, 4, 3}}},
		{layers.LSTM(2, layers.Sequences), [][]int{{2, 3, 2}}},
		{layers.GRU(3), [][]int{{2, 4, 3}}},
		{layers.GRU(2, layers.Sequences), [][]int{{2, 3, 2}}},
		{layers.Add(), [][]int{{2, 3}, {2, 3}, {2, 3}}},
		{layers.Subtract(), [][]int{{2, 3}, {2, 3}}},
		{layers.Multiply(), [][]int{{2, 3}, {2, 3}}},
		{layers.Mean(), [][]int{{2, 3}, {2, 3}}},
		{layers.Maximum(), [][]int{{2, 3}, {2, 3}}},
		{layers.Minimum(), [][]int{{2, 3}, {2, 3}}},
		{layers.Concatenate(), [][]int{{2, 3}, {2, 4}}},
		{layers.DepthwiseConv2D(2, layers.Tanh), [][]int{{2, 4, 5, 3}}},
		{wide, [][]int{{1, 5, 5, 2}}},
		{layers.SeparableConv2D(3, 2, layers.Tanh), [][]int{{2, 4, 4, 2}}},
		{layers.SeparableConv1D(2, 3), [][]int{{2, 6, 2}}},
		{layers.Conv2DTranspose(2, 3, layers.Strides(2), layers.Same), [][]int{{2, 3, 3, 2}}},
		{layers.Conv1DTranspose(2, 2, layers.Strides(3), layers.Tanh), [][]int{{2, 4, 2}}},
		{layers.MaxPooling1D(2), [][]int{{2, 6, 3}}},
		{layers.AveragePooling1D(3, layers.Strides(2), layers.Same), [][]int{{2, 6, 3}}},
		{layers.PReLU(), [][]int{{3, 4}}},
		{layers.SpatialDropout(0.4), [][]int{{3, 5, 4}}},
		{layers.LSTM(2, layers.InputDropout(0.3), layers.RecurrentDropout(0.3)),
			[][]int{{2, 3, 3}}},
		{layers.GRU(2, layers.Backwards, layers.RecurrentDropout(0.3)), [][]int{{2, 3, 3}}},
		{layers.Bidirectional(layers.LSTM(2, layers.Sequences)), [][]int{{2, 3, 2}}},
		{layers.TimeDistributed(layers.Dense(2, layers.Tanh)), [][]int{{2, 3, 4}}},
		{layers.MultiHeadAttention(2, 2), [][]int{{2, 3, 4}}},
		{layers.MultiHeadAttention(2, 3, layers.Causal, layers.ValueDim(2)),
			[][]int{{2, 3, 4}, {2, 3, 5}}},
		{layers.MultiHeadAttention(1, 2, layers.AttentionDropout(0.2)),
			[][]int{{2, 2, 3}, {2, 4, 2}, {2, 4, 5}}},
		{layers.PositionalEmbedding(5), [][]int{{2, 3, 4}}},
		{layers.RandomFlip(layers.HorizontalAndVertical), [][]int{{2, 3, 4, 2}}},
		{layers.RandomCrop(2, 3), [][]int{{2, 4, 4, 2}}},
		{layers.RandomTranslation(0.3, 0.3), [][]int{{2, 4, 4, 1}}},
		{layers.RandomTranslation(0.3, 0.3, layers.Black), [][]int{{2, 4, 4, 1}}},
		{layers.RandomRotation(0.3, layers.Nearest), [][]int{{2, 4, 4, 1}}},
	}
	for _, a := range []layers.Activation{
		layers.ReLU, layers.Tanh, layers.Sigmoid, layers.GELU, layers.SiLU, layers.SELU, layers.ELU,
		layers.LeakyReLU, layers.Softplus, layers.Softmax, layers.ReLU6, layers.Exponential,
		layers.HardShrink, layers.HardSigmoid, layers.HardSiLU, layers.HardTanh, layers.LogSigmoid,
		layers.LogSoftmax, layers.Mish, layers.SoftShrink, layers.Softsign, layers.SparsePlus,
		layers.SparseSigmoid, layers.Squareplus, layers.TanhShrink,
	} {
		cases = append(cases, gradientCase{layers.Activate(a), [][]int{{3, 4}}})
	}
	return cases
}
