// Package strangers has a part of a model of every kind, written as anybody else would write it:
// outside of ml, with nothing but what ml/contract and its neighbours export. Its tests run all
// that is promised of built-in parts over them: gradients, freezing, saving, resuming, bfloat16.
// Whatever a built-in part can do and these cannot is a hole in the contract.
//
// They double as examples:
//
//	Scale      a layer with a trained weight, options and a penalty
//	MovingNorm a layer with state, which heeds the batch mask and Freeze
//	Center     a layer that computes over a batch, without variables
//	Words      a layer that takes token ids
//	Pair       a layer with layers in it
//	Positions  a layer with a table that is not worth saving
//	Times      a layer that is computed together with the one behind it
//	Blend      a layer of several inputs
//	Ramp       first values of weights
//	Pinball    a loss that checks its targets
//	Within     a metric of several figures, weighted or not
//	Sign       an optimiser
//	Triangle   a learning rate schedule
//
// It owns nothing that ml needs, and nothing imports it but its tests.
package strangers
