package layers

import (
	"fmt"

	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// Settings are what options say about a layer. A constructor reads those that its layer has; its type
// of options sees to it that it gets no others.
type Settings struct {
	Name        string
	Activation  Activation
	NoBias      bool
	Initializer initializers.Initializer
	Penalty     regularizers.Penalty

	Padding             Padding
	Strides, KernelSize []int

	Sequences, Backwards bool
	// Dropout is of a layer's inputs, or of attention; RecurrentDropout of a state.
	Dropout, RecurrentDropout float64

	Causal   bool
	ValueDim int

	Fill Fill
}

// Option is what every option does: it says something about a layer. Which layers take it, methods
// such as DenseOption say, which do nothing.
type Option interface{ Set(*Settings) }

// The options of layers. A layer of another package takes the type that fits it, and gives what it
// got to Read: func Scale(options ...layers.PlainOption) *ScaleLayer.
type (
	// PlainOption is a detail of layers that have no others: Named.
	PlainOption interface{ PlainOption() }
	// DenseOption is a detail of a Dense layer: an Activation, an Initializer, a Penalty, NoBias or
	// Named.
	DenseOption interface{ DenseOption() }
	// ConvOption is a detail of a convolution: an Activation, an Initializer, a Padding, a Penalty,
	// Strides, KernelSize, NoBias or Named.
	ConvOption interface{ ConvOption() }
	// PoolOption is a detail of pooling: a Padding, Strides or Named.
	PoolOption interface{ PoolOption() }
	// RecurrentOption is a detail of a recurrent layer: Sequences, Backwards, InputDropout,
	// RecurrentDropout, an Initializer, a Penalty or Named.
	RecurrentOption interface{ RecurrentOption() }
	// AttentionOption is a detail of attention: Causal, AttentionDropout, ValueDim, an Initializer,
	// NoBias or Named.
	AttentionOption interface{ AttentionOption() }
	// EmbeddingOption is a detail of an Embedding: an Initializer, a Penalty or Named.
	EmbeddingOption interface{ EmbeddingOption() }
	// PictureOption is a detail of RandomTranslation and RandomRotation: a Fill or Named.
	PictureOption interface{ PictureOption() }
)

// Read returns what options of any of these types say; of several about the same, the last counts. It
// panics for a value that says nothing, which has to be an Option, an Initializer or a Penalty.
func Read[O any](options []O) (s Settings) {
	for _, o := range options {
		switch o := any(o).(type) {
		case Option:
			o.Set(&s)
		case initializers.Initializer:
			s.Initializer = o
		case regularizers.Penalty:
			s.Penalty = o
		default:
			panic(fmt.Errorf("layers: expected options with a method Set. Got a %T", o))
		}
	}
	return s
}

// NoBias leaves out a layer's bias; Dense, convolutions and attention take it.
var NoBias noBias

type noBias struct{}

func (noBias) Set(s *Settings)  { s.NoBias = true }
func (noBias) DenseOption()     {}
func (noBias) ConvOption()      {}
func (noBias) AttentionOption() {}

// Named gives a layer a name of its own, by which its weights are found in Model.Store and in saved
// models, and by which an output is known.
func Named(name string) NameOption { return NameOption{name} }

// NameOption is what Named returns, an option of every layer.
type NameOption struct{ name string }

// Set sets the name.
func (o NameOption) Set(s *Settings) { s.Name = o.name }

// PlainOption says that every layer takes a name, as the methods below say it of layers with more options.
func (NameOption) PlainOption() {}

// DenseOption says that Dense takes a name.
func (NameOption) DenseOption() {}

// ConvOption says that convolutions take a name.
func (NameOption) ConvOption() {}

// PoolOption says that pooling takes a name.
func (NameOption) PoolOption() {}

// RecurrentOption says that recurrent layers take a name.
func (NameOption) RecurrentOption() {}

// AttentionOption says that attention takes a name.
func (NameOption) AttentionOption() {}

// EmbeddingOption says that an Embedding takes a name.
func (NameOption) EmbeddingOption() {}

// PictureOption says that layers which move pictures take a name.
func (NameOption) PictureOption() {}

// checkAll returns the first mistake in settings.
func checkAll(settings ...interface{ Check() error }) error {
	for _, s := range settings {
		if err := s.Check(); err != nil {
			return err
		}
	}
	return nil
}

// named returns the name among options that say nothing else.
func named(options []PlainOption) string { return Read(options).Name }
