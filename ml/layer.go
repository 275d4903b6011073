package ml

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Layer is one step of a model. Its value is only the configuration; the weights belong to the model, under the scope that
// Apply is given, so that one Layer value may stand in several models. A layer that is a struct with a field Name of type string is called so in
// a model, unless that is empty.
type Layer interface {
	// Kind names the type of layer in error texts and saved models, such as "Dense".
	Kind() string
	// String is the layer as its constructor was called, such as "Dense(64, relu)".
	String() string
	// OutputShape returns the shape of one example behind the layer, given its shape before it; both leave out the batch.
	OutputShape(in []int) ([]int, error)
	// Apply adds the layer to a graph: x has the shape [batch, in...], and the result [batch, out...]. It may panic, as
	// GoMLX's functions do.
	Apply(scope *model.Scope, x *graph.Node) *graph.Node
}

// builtin makes an empty layer of each kind that Load can read.
var builtin = map[string]func() Layer{
	"Input":               func() Layer { return new(InputLayer) },
	"Dense":               func() Layer { return new(DenseLayer) },
	"Activation":          func() Layer { return new(ActivationLayer) },
	"PReLU":               func() Layer { return new(PReLULayer) },
	"Embedding":           func() Layer { return new(EmbeddingLayer) },
	"PositionalEmbedding": func() Layer { return new(PositionalEmbeddingLayer) },
	"MultiHeadAttention":  func() Layer { return new(MultiHeadAttentionLayer) },

	"Conv1D":          func() Layer { return new(ConvolutionLayer) },
	"Conv2D":          func() Layer { return new(ConvolutionLayer) },
	"DepthwiseConv2D": func() Layer { return new(DepthwiseConvolutionLayer) },
	"SeparableConv1D": func() Layer { return new(SeparableConvolutionLayer) },
	"SeparableConv2D": func() Layer { return new(SeparableConvolutionLayer) },
	"Conv1DTranspose": func() Layer { return new(TransposedConvolutionLayer) },
	"Conv2DTranspose": func() Layer { return new(TransposedConvolutionLayer) },

	"MaxPooling1D":         func() Layer { return new(PoolingLayer) },
	"MaxPooling2D":         func() Layer { return new(PoolingLayer) },
	"AveragePooling1D":     func() Layer { return new(PoolingLayer) },
	"AveragePooling2D":     func() Layer { return new(PoolingLayer) },
	"GlobalMaxPooling":     func() Layer { return new(GlobalPoolingLayer) },
	"GlobalAveragePooling": func() Layer { return new(GlobalPoolingLayer) },

	"LSTM":            func() Layer { return new(LSTMLayer) },
	"GRU":             func() Layer { return new(GRULayer) },
	"Bidirectional":   func() Layer { return new(BidirectionalLayer) },
	"TimeDistributed": func() Layer { return new(TimeDistributedLayer) },

	"Flatten":     func() Layer { return new(FlattenLayer) },
	"Reshape":     func() Layer { return new(ReshapeLayer) },
	"Add":         func() Layer { return new(MergeLayer) },
	"Subtract":    func() Layer { return new(MergeLayer) },
	"Multiply":    func() Layer { return new(MergeLayer) },
	"Average":     func() Layer { return new(MergeLayer) },
	"Maximum":     func() Layer { return new(MergeLayer) },
	"Minimum":     func() Layer { return new(MergeLayer) },
	"Concatenate": func() Layer { return new(ConcatenateLayer) },

	"Dropout":            func() Layer { return new(DropoutLayer) },
	"SpatialDropout":     func() Layer { return new(DropoutLayer) },
	"BatchNormalization": func() Layer { return new(BatchNormalizationLayer) },
	"LayerNormalization": func() Layer { return new(LayerNormalizationLayer) },
	"RandomFlip":         func() Layer { return new(RandomFlipLayer) },
	"RandomCrop":         func() Layer { return new(RandomCropLayer) },
	"RandomTranslation":  func() Layer { return new(RandomTranslationLayer) },
	"RandomRotation":     func() Layer { return new(RandomRotationLayer) },
}

// snake turns MaxPooling2D into max_pooling2d and Conv2DTranspose into conv2d_transpose, as Keras does.
func snake(kind string) string {
	var s strings.Builder
	for i, r := range kind {
		begins := i > 0 && i+1 < len(kind) && unicode.IsLower(rune(kind[i+1]))
		if unicode.IsUpper(r) && (begins || i > 0 && unicode.IsLower(rune(kind[i-1]))) {
			s.WriteByte('_')
		}
		s.WriteRune(unicode.ToLower(r))
	}
	return s.String()
}

// savedLayer is a layer in a saved model's description.
type savedLayer struct {
	Kind   string          `json:"kind"`
	Config json.RawMessage `json:"config"`
	// Name is written for functional models, which refer to it.
	Name   string `json:"name,omitempty"`
	Frozen bool   `json:"frozen,omitempty"`
}

func saveLayer(p *placed) (savedLayer, error) {
	if m, ok := p.Layer.(*Model); ok {
		return m.saved(p)
	}
	if builtin[p.Kind()] == nil {
		return savedLayer{}, fmt.Errorf("%s: a layer of kind %q cannot be saved: its code is not part of the model", p.path(), p.Kind())
	}
	config, err := json.Marshal(p.Layer)
	s := savedLayer{Kind: p.Kind(), Config: config, Frozen: p.frozen}
	if !p.chain {
		s.Name = p.name
	}
	return s, err
}

func loadLayer(s savedLayer) (Layer, error) {
	if s.Kind == "Sequential" || s.Kind == "Functional" {
		return loadInner(s)
	}
	make := builtin[s.Kind]
	if make == nil {
		return nil, fmt.Errorf("the layer kind %q is not known to this version", s.Kind)
	}
	l := make()
	if err := json.Unmarshal(s.Config, l); err != nil {
		return nil, fmt.Errorf("%s layer: %w", s.Kind, err)
	}
	return l, nil
}

// InputLayer declares the shape of one example.
type InputLayer struct {
	// Shape leaves out the batch: [784], or [28, 28].
	Shape []int `json:"shape"`
	// Name is what Fit, Evaluate and Predict call its data; empty means input.
	Name string `json:"name,omitempty"`
}

// Input declares the shape of one example at the head of a Sequential model, without the batch: Input(784), Input(28, 28). A model without
// it takes the shape of the first data it sees. In declares an input of a functional model.
func Input(shape ...int) *InputLayer { return &InputLayer{Shape: shape} }

// Kind returns "Input".
func (*InputLayer) Kind() string { return "Input" }

// String returns the layer as Input or In was called.
func (l *InputLayer) String() string {
	if l.Name != "" {
		return "In(" + strconv.Quote(l.Name) + strings.TrimSuffix(", "+strings.Join(numbers(l.Shape), ", "), ", ") + ")"
	}
	return "Input(" + strings.Join(numbers(l.Shape), ", ") + ")"
}

// OutputShape returns in, which must be the declared shape.
func (l *InputLayer) OutputShape(in []int) ([]int, error) {
	if !slices.Equal(in, l.Shape) {
		return nil, fmt.Errorf("expected examples of shape %s. Got %s", dims(l.Shape), dims(in))
	}
	return in, nil
}

// Apply returns x.
func (*InputLayer) Apply(_ *model.Scope, x *graph.Node) *graph.Node { return x }

func numbers(shape []int) []string {
	var all []string
	for _, d := range shape {
		all = append(all, strconv.Itoa(d))
	}
	return all
}

// dims prints the shape of one example as part of a batch: [batch, 28, 28].
func dims(shape []int) string {
	s := "[batch"
	for _, d := range shape {
		s += ", " + strconv.Itoa(d)
	}
	return s + "]"
}
