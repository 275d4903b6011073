// Package layers has the layers of models, with the names, defaults and formulas of Keras, and the
// activations and options that they take. Constructors return structs, whose fields include the
// rarer settings: Dense(64, ReLU, Named("hidden")) is a *DenseLayer.
//
// Apart from numerics that are faster than plain operations (ml/internal/ops and
// ml/internal/recurrence), it uses nothing that a layer of another package could not use. Each kind
// registers itself beside its type. The package does not own models (package ml), how weights start
// (initializers) or what they cost (regularizers).
package layers
