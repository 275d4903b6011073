//go:build !amd64

package multicore

// hasTile says that there are no tiles for this processor: products are GoMLX's.
const hasTile = false

func tile(int, *float32, int, int, *float32, *float32, int, bool) {
	panic("multicore: no tiles for this processor")
}
