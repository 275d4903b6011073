//go:build !linux

package backend

// keepMemory does nothing: only glibc needs to be told.
func keepMemory(Env) {}

// memory is not known elsewhere.
func memory(Env) int64 { return 0 }
