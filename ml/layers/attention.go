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

// MultiHeadAttentionLayer lets each step of a query look at all steps of a value, with several heads side by side (Vaswani et al. 2017):
// softmax(query·keyᵀ/√KeyDim)·value, each of the three projected for each head, the heads' results projected back to the query's features.
// On one value it is self-attention.
type MultiHeadAttentionLayer struct {
	// Heads is the number of heads.
	Heads int `json:"heads"`
	// KeyDim is each head's size of query and key, ValueDim that of value; 0 means KeyDim.
	KeyDim   int `json:"key_dim"`
	ValueDim int `json:"value_dim,omitempty"`
	// Features is the size of the output's last axis; 0 means the query's.
	Features int `json:"features,omitempty"`
	// Dropout is the part of the attention that is dropped while training.
	Dropout float64 `json:"dropout,omitempty"`
	// Causal lets each step see only itself and those before it.
	Causal bool `json:"causal,omitempty"`
	// NoBias leaves the biases out.
	NoBias bool `json:"no_bias,omitempty"`
	// Initializer of the kernels is GlorotUniform by default.
	Initializer initializers.Initializer `json:"initializer,omitempty"`
	// Name is the layer's name in the model; empty means multi_head_attention, multi_head_attention_1, ...
	Name string `json:"name,omitempty"`
}

type attentionOption func(*Settings)

func (o attentionOption) Set(s *Settings) { o(s) }
func (attentionOption) AttentionOption()  {}

// Causal lets each step see only itself and those before it.
var Causal AttentionOption = attentionOption(func(s *Settings) { s.Causal = true })

// AttentionDropout drops this part of the attention while training.
func AttentionDropout(rate float64) AttentionOption {
	return attentionOption(func(s *Settings) { s.Dropout = rate })
}

// ValueDim sets each head's size of value.
func ValueDim(n int) AttentionOption {
	return attentionOption(func(s *Settings) { s.ValueDim = n })
}

// MultiHeadAttention returns attention with so many heads of the given size: MultiHeadAttention(8, 64).On(x) for self-attention,
// .On(query, value) or .On(query, value, key) for attention to something else. See MultiHeadAttentionLayer.
func MultiHeadAttention(heads, keyDim int, options ...AttentionOption) *MultiHeadAttentionLayer {
	s := Read(options)
	return &MultiHeadAttentionLayer{
		Heads: heads, KeyDim: keyDim, ValueDim: s.ValueDim, Dropout: s.Dropout, Causal: s.Causal, NoBias: s.NoBias, Initializer: s.Initializer, Name: s.Name,
	}
}

// On applies the layer to a query, and to a value and a key if they are something else. See contract.On.
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

// Autocast is true: the layer computes in the type of the model's policy.
func (*MultiHeadAttentionLayer) Autocast() bool { return true }

// OutputShape returns the query's shape, with Features last.
func (l *MultiHeadAttentionLayer) OutputShape(in []int) ([]int, error) {
	return l.JointShape([][]int{in})
}

// JointShape returns the query's shape, with Features last.
func (l *MultiHeadAttentionLayer) JointShape(in [][]int) ([]int, error) {
	if l.Heads <= 0 || l.KeyDim <= 0 || l.ValueDim < 0 || l.Features < 0 {
		return nil, fmt.Errorf("expected positive numbers of heads and of their sizes. Got %d heads of key size %d, value size %d", l.Heads, l.KeyDim, l.ValueDim)
	}
	if err := checkRate(l.Dropout); err != nil {
		return nil, err
	}
	if err := l.Initializer.Check(); err != nil {
		return nil, err
	}
	if len(in) > 3 {
		return nil, fmt.Errorf("expected a query, a value and a key at most. Got %d values", len(in))
	}
	for _, shape := range in {
		if len(shape) != 2 {
			return nil, fmt.Errorf("expected input [batch, steps, features]. Got %s", extent.Dims(shape))
		}
	}
	if len(in) == 3 && in[1][0] != in[2][0] {
		return nil, fmt.Errorf("expected a value and a key of as many steps. Got %s and %s", extent.Dims(in[1]), extent.Dims(in[2]))
	}
	out := slices.Clone(in[0])
	if l.Features > 0 {
		out[1] = l.Features
	}
	return out, nil
}

// Apply computes self-attention; see Join.
func (l *MultiHeadAttentionLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.Join(scope, []*graph.Node{x})
}

// Join computes the layer with the variables query/kernel and key/kernel [features, Heads, KeyDim], value/kernel [features, Heads, ValueDim],
// attention_output/kernel [Heads, ValueDim, Features], and a bias beside each. It takes a query, a value and a key; the key is the value by
// default, and the value the query.
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
		kernel := graph.Reshape(contract.Weight(scope, "kernel", init, x, features, l.Heads, dim), features, l.Heads*dim)
		y := graph.MatMul(graph.Reshape(x, batch*steps, features), kernel)
		if !l.NoBias {
			y = graph.Add(y, graph.Reshape(contract.Weight(scope, "bias", initializers.Zeros, x, l.Heads, dim), 1, l.Heads*dim))
		}
		return graph.Reshape(y, batch, steps, l.Heads, dim)
	}
	q := graph.MulScalar(project("query", query, l.KeyDim), 1/math.Sqrt(float64(l.KeyDim)))
	k := project("key", key, l.KeyDim)
	v := project("value", value, valueDim)
	scores := graph.ConvertDType(graph.Einsum("bthd,bshd->bhts", q, k), contract.WeightType(query.DType()))
	if l.Causal {
		at := func(axis int) *graph.Node {
			return graph.Iota(scores.Graph(), shapes.Make(dtypes.Int32, scores.Shape().Dimensions...), axis)
		}
		scores = graph.Where(graph.LessOrEqual(at(3), at(2)), scores, graph.FillScalar(scores.Graph(), scores.Shape(), -1e9))
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
	kernel := graph.Reshape(contract.Weight(out, "kernel", init, y, l.Heads, valueDim, features), l.Heads*valueDim, features)
	y = graph.MatMul(graph.Reshape(y, batch*steps, l.Heads*valueDim), kernel)
	if !l.NoBias {
		y = graph.Add(y, graph.Reshape(contract.Weight(out, "bias", initializers.Zeros, y, features), 1, features))
	}
	return graph.Reshape(y, batch, steps, features)
}
