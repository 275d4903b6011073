// Package mistake turns what GoMLX panics with while a graph is built into errors, and says at
// which layer that was. It owns no error texts of layers.
package mistake
