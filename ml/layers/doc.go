// Package layers has the layers of models, with the names, defaults and formulas of Keras's,
// and the activations and options that they take. The constructors return structs, whose fields
// are the rarer settings: Dense(64, ReLU, Named("hidden")) is a *DenseLayer.
//
// It uses nothing of other packages that a layer elsewhere could not use, apart from numerics
// that are faster than plain operations (ml/internal/ops, ml/internal/recurrence). Each kind
// registers itself beside its type. It does not own models (package ml), how weights start
// (initializers) or what they cost (regularizers).
package layers
