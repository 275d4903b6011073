package ml_test

import "github.com/gonbml/gonbml/ml"

// More cases of TestLayerGradients.
func init() {
	wide := ml.DepthwiseConv2D(3, ml.Strides(2), ml.Same)
	wide.Multiplier = 2
	gradientCases = append(gradientCases, []gradientCase{
		{ml.DepthwiseConv2D(2, ml.Tanh), [][]int{{2, 4, 5, 3}}},
		{wide, [][]int{{1, 5, 5, 2}}},
		{ml.SeparableConv2D(3, 2, ml.Tanh), [][]int{{2, 4, 4, 2}}},
		{ml.SeparableConv1D(2, 3), [][]int{{2, 6, 2}}},
		{ml.Conv2DTranspose(2, 3, ml.Strides(2), ml.Same), [][]int{{2, 3, 3, 2}}},
		{ml.Conv1DTranspose(2, 2, ml.Strides(3), ml.Tanh), [][]int{{2, 4, 2}}},
		{ml.MaxPooling1D(2), [][]int{{2, 6, 3}}},
		{ml.AveragePooling1D(3, ml.Strides(2), ml.Same), [][]int{{2, 6, 3}}},
		{ml.PReLU(), [][]int{{3, 4}}},
		{ml.SpatialDropout(0.4), [][]int{{3, 5, 4}}},
		{ml.LSTM(2, ml.InputDropout(0.3), ml.RecurrentDropout(0.3)), [][]int{{2, 3, 3}}},
		{ml.GRU(2, ml.Backwards, ml.RecurrentDropout(0.3)), [][]int{{2, 3, 3}}},
		{ml.Bidirectional(ml.LSTM(2, ml.Sequences)), [][]int{{2, 3, 2}}},
		{ml.TimeDistributed(ml.Dense(2, ml.Tanh)), [][]int{{2, 3, 4}}},
		{ml.MultiHeadAttention(2, 2), [][]int{{2, 3, 4}}},
		{ml.MultiHeadAttention(2, 3, ml.Causal, ml.ValueDim(2)), [][]int{{2, 3, 4}, {2, 3, 5}}},
		{ml.MultiHeadAttention(1, 2, ml.AttentionDropout(0.2)), [][]int{{2, 2, 3}, {2, 4, 2}, {2, 4, 5}}},
		{ml.PositionalEmbedding(5), [][]int{{2, 3, 4}}},
		{ml.RandomFlip(ml.HorizontalAndVertical), [][]int{{2, 3, 4, 2}}},
		{ml.RandomCrop(2, 3), [][]int{{2, 4, 4, 2}}},
		{ml.RandomTranslation(0.3, 0.3), [][]int{{2, 4, 4, 1}}},
		{ml.RandomTranslation(0.3, 0.3, ml.Black), [][]int{{2, 4, 4, 1}}},
		{ml.RandomRotation(0.3, ml.Nearest), [][]int{{2, 4, 4, 1}}},
	}...)
	for _, a := range []ml.Activation{ml.ReLU6, ml.Exponential, ml.HardShrink, ml.HardSigmoid, ml.HardSiLU, ml.HardTanh, ml.LogSigmoid, ml.LogSoftmax, ml.Mish,
		ml.SoftShrink, ml.Softsign, ml.SparsePlus, ml.SparseSigmoid, ml.Squareplus, ml.TanhShrink} {
		gradientCases = append(gradientCases, gradientCase{ml.Activate(a), [][]int{{3, 4}}})
	}
}
