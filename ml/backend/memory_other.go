//go:build !linux

package backend

// keepMemory does nothing: only glibc needs to be told.
func keepMemory(Env) {}
