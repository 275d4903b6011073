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
// Apply is given, so that one Layer value may stand in several models.
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
	"Input":      func() Layer { return new(InputLayer) },
	"Dense":      func() Layer { return new(DenseLayer) },
	"Dropout":    func() Layer { return new(DropoutLayer) },
	"Flatten":    func() Layer { return new(FlattenLayer) },
	"Activation": func() Layer { return new(ActivationLayer) },
	"Reshape":    func() Layer { return new(ReshapeLayer) },
	"Conv1D":     func() Layer { return new(ConvolutionLayer) },
	"Conv2D":     func() Layer { return new(ConvolutionLayer) },
	"Embedding":  func() Layer { return new(EmbeddingLayer) },
	"LSTM":       func() Layer { return new(LSTMLayer) },
	"GRU":        func() Layer { return new(GRULayer) },

	"MaxPooling2D":         func() Layer { return new(PoolingLayer) },
	"AveragePooling2D":     func() Layer { return new(PoolingLayer) },
	"GlobalMaxPooling":     func() Layer { return new(GlobalPoolingLayer) },
	"GlobalAveragePooling": func() Layer { return new(GlobalPoolingLayer) },
	"BatchNormalization":   func() Layer { return new(BatchNormalizationLayer) },
	"LayerNormalization":   func() Layer { return new(LayerNormalizationLayer) },
}

// placed is a layer at its place in a model.
type placed struct {
	Layer
	// number counts the layers from 1 as users do, without Input, which is 0.
	number int
	// name is unique in the model and the layer's scope under /model.
	name string
	// frozen says that Freeze stopped the layer's training.
	frozen bool
	// in and out are the shapes of one example; set when the model is built.
	in, out []int
}

// path is how errors name the layer.
func (p *placed) path() string {
	if p.number == 0 {
		return p.String()
	}
	return fmt.Sprintf("layer %d %s", p.number, p)
}

// place numbers the layers and names them as Keras does: dense, dense_1, dense_2.
func place(layers []Layer) []*placed {
	var all []*placed
	seen := map[string]int{}
	number := 0
	for _, l := range layers {
		p := &placed{Layer: l}
		if _, ok := l.(*InputLayer); !ok {
			number++
			p.number = number
		}
		p.name = snake(l.Kind())
		if named, ok := l.(interface{ name() string }); ok && named.name() != "" {
			p.name = named.name()
		}
		if n := seen[p.name]; n > 0 {
			seen[p.name]++
			p.name += "_" + strconv.Itoa(n)
		}
		seen[p.name]++
		all = append(all, p)
	}
	return all
}

// snake turns MaxPooling2D into max_pooling2d.
func snake(kind string) string {
	var s strings.Builder
	for i, r := range kind {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(rune(kind[i-1])) {
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
	Frozen bool            `json:"frozen,omitempty"`
}

func saveLayer(p *placed) (savedLayer, error) {
	if builtin[p.Kind()] == nil {
		return savedLayer{}, fmt.Errorf("%s: a layer of kind %q cannot be saved: its code is not part of the model", p.path(), p.Kind())
	}
	config, err := json.Marshal(p.Layer)
	return savedLayer{p.Kind(), config, p.frozen}, err
}

func loadLayer(s savedLayer) (Layer, error) {
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
}

// Input declares the shape of one example, without the batch: Input(784), Input(28, 28). A model without it takes the
// shape of the first data it sees.
func Input(shape ...int) *InputLayer { return &InputLayer{shape} }

// Kind returns "Input".
func (*InputLayer) Kind() string { return "Input" }

// String returns the layer as Input was called.
func (l *InputLayer) String() string {
	return "Input(" + strings.Trim(strings.ReplaceAll(fmt.Sprint(l.Shape), " ", ", "), "[]") + ")"
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

// dims prints the shape of one example as part of a batch: [batch, 28, 28].
func dims(shape []int) string {
	s := "[batch"
	for _, d := range shape {
		s += ", " + strconv.Itoa(d)
	}
	return s + "]"
}
