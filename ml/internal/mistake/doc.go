// Package mistake makes errors of what GoMLX panics with while a graph is built, and says at
// which layer that was.
package mistake
