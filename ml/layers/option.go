package layers

import (
	"fmt"

	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// Settings is what options say about a layer. A constructor reads the settings that its layer has.
// The type of its options makes sure that it gets no others. For what a setting means, see the
// field of the same name in the layers, and the option.
type Settings struct {
	Name        string
	Activation  Activation
	NoBias      bool
	Initializer initializers.Initializer
	Penalty     regularizers.Penalty

	Padding             Padding
	Strides, KernelSize []int

	Sequences, Backwards bool
	// Dropout is the rate for a layer's inputs or for attention, RecurrentDropout that for a state.
	Dropout, RecurrentDropout float64

	Causal   bool
	ValueDim int

	Fill Fill
}

// Option is implemented by every option. Further methods, such as DenseOption, do nothing; they say
// which layers take the option.
type Option interface {
	// Set puts what the option says into the settings.
	Set(*Settings)
}

// The options of layers. The constructor of a layer of your own takes the type that fits, as in
// func Scale(options ...layers.PlainOption) *ScaleLayer, and hands its options to Read.
type (
	// PlainOption is an option of layers that have no others: Named.
	PlainOption interface{ PlainOption() }
	// DenseOption is an option of Dense: an Activation, an Initializer, a Penalty, NoBias or
	// Named.
	DenseOption interface{ DenseOption() }
	// ConvOption is an option of convolutions: an Activation, an Initializer, a Padding, a Penalty,
	// Strides, KernelSize, NoBias or Named.
	ConvOption interface{ ConvOption() }
	// PoolOption is an option of pooling: a Padding, Strides or Named.
	PoolOption interface{ PoolOption() }
	// RecurrentOption is an option of recurrent layers: Sequences, Backwards, InputDropout,
	// RecurrentDropout, an Initializer, a Penalty or Named.
	RecurrentOption interface{ RecurrentOption() }
	// AttentionOption is an option of attention: Causal, AttentionDropout, ValueDim, an
	// Initializer, NoBias or Named.
	AttentionOption interface{ AttentionOption() }
	// EmbeddingOption is an option of Embedding: an Initializer, a Penalty or Named.
	EmbeddingOption interface{ EmbeddingOption() }
	// PictureOption is an option of RandomTranslation and RandomRotation: a Fill or Named.
	PictureOption interface{ PictureOption() }
)

// Read returns what options say, whichever of these types they have. If several say something about
// the same setting, the last one counts. Each must be an Option, an initializers.Initializer or a
// regularizers.Penalty; Read panics for anything else.
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

// NoBias leaves out the bias of a layer. Dense, convolutions and attention take it.
var NoBias noBias

type noBias struct{}

func (noBias) Set(s *Settings)  { s.NoBias = true }
func (noBias) DenseOption()     {}
func (noBias) ConvOption()      {}
func (noBias) AttentionOption() {}

// Named gives a layer a name. Its weights have that name in Model.Store and in saved models, and so
// has an output that the layer makes.
func Named(name string) NameOption { return NameOption{name} }

// NameOption is what Named returns: an option of every layer.
type NameOption struct{ name string }

// Set sets the name.
func (o NameOption) Set(s *Settings) { s.Name = o.name }

// PlainOption says that layers without other options take a name. The methods below say so of other
// layers.
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

// named returns the name that options give.
func named(options []PlainOption) string { return Read(options).Name }
