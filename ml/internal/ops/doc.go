// Package ops has numerics that layers share and that have no name for users: windows, tiles,
// matrix products with gradients by hand, loops on the device, and a few sums. It knows nothing
// of layers.
package ops
