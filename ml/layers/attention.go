package layers

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

func init() {
	Register("MultiHeadAttention", func() contract.Layer { return new(MultiHeadAttentionLayer) })
}

// MultiHeadAttentionLayer lets each step of a query attend to all steps of a value, with several
// heads side by side (Vaswani et al. 2017): softmax(query·keyᵀ/√KeyDim)·value. Query, key and value
// are projected for each head, and the results of the heads are projected back to the query's
// features. Applied to a single input, it is self-attention.
type MultiHeadAttentionLayer struct {
	// Heads is the number of heads.
	Heads int `json:"heads"`
	// KeyDim is the size of query and key in each head, ValueDim that of value; a ValueDim of 0
	// means KeyDim.
	KeyDim   int `json:"key_dim"`
	ValueDim int `json:"value_dim,omitempty"`
	// Features is the size of the output's last axis; 0 means the query's.
	Features int `json:"features,omitempty"`
	// Dropout is the part of the attention weights that is set to zero during training; 0, the
	// default, means none.
	Dropout float64 `json:"dropout,omitempty"`
	// Causal lets each step attend only to itself and the steps before it.
	Causal bool `json:"causal,omitempty"`
	// NoBias leaves the biases out.
	NoBias bool `json:"no_bias,omitempty"`
	// Initializer of the kernels is GlorotUniform by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Name is the layer's name in the model; empty means multi_head_attention,
	// multi_head_attention_1, ...
	Name string `json:"name,omitempty"`
}

type attentionOption func(*Settings)

func (o attentionOption) Set(s *Settings) { o(s) }
func (attentionOption) AttentionOption()  {}

// Causal lets each step attend only to itself and the steps before it.
var Causal AttentionOption = attentionOption(func(s *Settings) { s.Causal = true })

// AttentionDropout sets this part of the attention weights to zero during training, from 0 to below
// 1.
func AttentionDropout(rate float64) AttentionOption {
	return attentionOption(func(s *Settings) { s.Dropout = rate })
}

// ValueDim sets the size of value in each head.
func ValueDim(n int) AttentionOption {
	return attentionOption(func(s *Settings) { s.ValueDim = n })
}

// MultiHeadAttention returns attention with the given number of heads, and size of query and key in
// each head: MultiHeadAttention(8, 64).On(x) is self-attention, .On(query, value) and .On(query,
// value, key) attend to something else. See MultiHeadAttentionLayer.
func MultiHeadAttention(heads, keyDim int, options ...AttentionOption) *MultiHeadAttentionLayer {
	s := Read(options)
	return &MultiHeadAttentionLayer{
		Heads: heads, KeyDim: keyDim, ValueDim: s.ValueDim, Dropout: s.Dropout, Causal: s.Causal,
		NoBias: s.NoBias, Initializer: s.Initializer, Name: s.Name,
	}
}

// On applies the layer to a query, a value (by default the query) and a key (by default the value).
// See contract.On.
func (l *MultiHeadAttentionLayer) On(x ...*contract.Tensor) *contract.Tensor {
	return contract.On(l, x...)
}

// Kind returns "MultiHeadAttention".
func (*MultiHeadAttentionLayer) Kind() string { return "MultiHeadAttention" }

// String returns the layer as MultiHeadAttention was called.
func (l *MultiHeadAttentionLayer) String() string {
	s := fmt.Sprintf("MultiHeadAttention(%d, %d", l.Heads, l.KeyDim)
	if l.Causal {
		s += ", causal"
	}
	return s + ")"
}

// Autocast returns true: the layer computes in the type that the model's policy sets.
func (*MultiHeadAttentionLayer) Autocast() bool { return true }

// OutputShape returns the query's shape, with Features last.
func (l *MultiHeadAttentionLayer) OutputShape(in []int) ([]int, error) {
	return l.JointShape([][]int{in})
}

// JointShape returns the query's shape, with Features last.
func (l *MultiHeadAttentionLayer) JointShape(in [][]int) ([]int, error) {
	if l.Heads <= 0 || l.KeyDim <= 0 || l.ValueDim < 0 || l.Features < 0 {
		return nil, fmt.Errorf("expected positive numbers of heads and of their sizes. Got %d heads of key size %d, value size %d",
			l.Heads, l.KeyDim, l.ValueDim)
	}
	if err := checkRate(l.Dropout); err != nil {
		return nil, err
	}
	if err := l.Initializer.Check(); err != nil {
		return nil, err
	}
	if len(in) > 3 {
		return nil, fmt.Errorf("expected a query, a value and a key at most. Got %d values",
			len(in))
	}
	for _, shape := range in {
		if len(shape) != 2 {
			return nil, fmt.Errorf("expected input [batch, steps, features]. Got %s",
				extent.Dims(shape))
		}
	}
	if len(in) == 3 && in[1][0] != in[2][0] {
		return nil, fmt.Errorf("expected a value and a key of as many steps. Got %s and %s",
			extent.Dims(in[1]), extent.Dims(in[2]))
	}
	out := slices.Clone(in[0])
	if l.Features > 0 {
		out[1] = l.Features
	}
	return out, nil
}

// Apply computes self-attention. See Join.
func (l *MultiHeadAttentionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.Join(scope, []*graph.Node{x})
}

// Join computes the layer for a query, a value and a key, with the variables query/kernel and
// key/kernel [features, Heads, KeyDim], value/kernel [features, Heads, ValueDim],
// attention_output/kernel [Heads, ValueDim, Features], and a bias beside each. The key is the value
// by default, and the value the query.
func (l *MultiHeadAttentionLayer) Join(scope *model.Scope, x []*graph.Node) *graph.Node {
	query, value := x[0], x[min(1, len(x)-1)]
	key := x[len(x)-1]
	if len(x) == 2 {
		key = value
	}
	valueDim := l.ValueDim
	if valueDim == 0 {
		valueDim = l.KeyDim
	}
	init := l.Initializer.Or(initializers.GlorotUniform)
	project := func(name string, x *graph.Node, dim int) *graph.Node {
		scope := scope.At("%s", name)
		batch, steps, features := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
		kernel := graph.Reshape(contract.Weight(scope, "kernel", init, x, features, l.Heads, dim),
			features, l.Heads*dim)
		y := graph.MatMul(graph.Reshape(x, batch*steps, features), kernel)
		if !l.NoBias {
			bias := contract.Weight(scope, "bias", initializers.Zeros, x, l.Heads, dim)
			y = graph.Add(y, graph.Reshape(bias, 1, l.Heads*dim))
		}
		return graph.Reshape(y, batch, steps, l.Heads, dim)
	}
	q := graph.MulScalar(project("query", query, l.KeyDim), 1/math.Sqrt(float64(l.KeyDim)))
	k := project("key", key, l.KeyDim)
	v := project("value", value, valueDim)
	scores := graph.ConvertDType(graph.Einsum("bthd,bshd->bhts", q, k),
		contract.WeightType(query.DType()))
	if l.Causal {
		at := func(axis int) *graph.Node {
			shape := shapes.Make(dtypes.Int32, scores.Shape().Dimensions...)
			return graph.Iota(scores.Graph(), shape, axis)
		}
		scores = graph.Where(graph.LessOrEqual(at(3), at(2)), scores,
			graph.FillScalar(scores.Graph(), scores.Shape(), -1e9))
	}
	attention := graph.ConvertDType(graph.Softmax(scores), query.DType())
	if mask := dropMask(scope, attention, l.Dropout, attention.Shape().Dimensions...); mask != nil {
		attention = graph.Mul(attention, mask)
	}
	y := graph.Einsum("bhts,bshd->bthd", attention, v)
	batch, steps := y.Shape().Dim(0), y.Shape().Dim(1)
	features := l.Features
	if features == 0 {
		features = query.Shape().Dim(2)
	}
	out := scope.At("attention_output")
	kernel := graph.Reshape(contract.Weight(out, "kernel", init, y, l.Heads, valueDim, features),
		l.Heads*valueDim, features)
	y = graph.MatMul(graph.Reshape(y, batch*steps, l.Heads*valueDim), kernel)
	if !l.NoBias {
		bias := contract.Weight(out, "bias", initializers.Zeros, y, features)
		y = graph.Add(y, graph.Reshape(bias, 1, features))
	}
	return graph.Reshape(y, batch, steps, features)
}
