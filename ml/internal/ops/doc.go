// Package ops has numerics that several parts of models share and that users have no names for:
// windows, tiles, matrix products with gradients by hand, loops on the device, and a few sums. It
// knows nothing of layers.
package ops
