// Package multicore makes GoMLX's backend in pure Go fast at training. That backend computes on one
// core, number by number; this one uses all cores.
//
// Wrap returns a backend that differs from the inner one in one respect only: it computes the
// common operations on 32-bit floating-point numbers itself. Chains of elementwise operations
// become one pass over memory, in blocks that fit the cache. Matrix products take transposed
// factors as they are stored and run on tiles in registers (AVX-512; on other processors they are
// left to the inner backend). Moving and reducing data is divided among the cores. Every operation
// is also added to the inner backend's own graph, which therefore checks shapes and types, computes
// what is unknown here, and takes over some computations as a whole: small ones, and those with
// control flow or dynamic shapes.
//
// The package owns the plan of a computation (plan), its programs (program) and the division among
// cores (workers). It does not own the memory of tensors: buffers belong to the inner backend, so
// that both can read them.
//
// Results are the same, bit for bit, however many cores there are.
package multicore

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Backend is a backend that computes on all cores. Methods that are not defined here are the inner
// backend's.
type Backend struct {
	compute.Backend
	workers *workers
	// least is the work, in numbers computed, below which a computation is the inner backend's.
	least int
	// strict makes mistakes in planning panic instead of leaving the computation to the inner
	// backend.
	strict bool
}

// Wrap returns a backend that computes on all cores, with the help of the inner one, which must be
// GoMLX's Go backend.
func Wrap(inner compute.Backend) *Backend {
	return &Backend{Backend: inner, workers: shared, least: 1 << 16}
}

// Unwrap returns the inner backend.
func (b *Backend) Unwrap() compute.Backend { return b.Backend }

// Builder starts a computation.
func (b *Backend) Builder(name string) compute.Builder {
	return &builder{Builder: b.Backend.Builder(name), backend: b}
}

// BufferFromFlatData copies data from Go into a buffer.
func (b *Backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	inner, err := b.Backend.BufferFromFlatData(device, flat, shape)
	if err != nil {
		return nil, err
	}
	return &buffer{inner, b}, nil
}

// NewSharedBuffer makes a buffer that Go code may write to.
func (b *Backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	inner, flat, err := b.Backend.NewSharedBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	return &buffer{inner, b}, flat, nil
}

// buffer is a buffer of the inner backend that says it is this one's.
type buffer struct {
	compute.Buffer
	backend *Backend
}

// Backend returns the backend whose buffer it is.
func (b *buffer) Backend() compute.Backend { return b.backend }

// CopyToDevice copies the buffer to another device.
func (b *buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	inner, err := b.Buffer.CopyToDevice(device)
	if err != nil {
		return nil, err
	}
	return &buffer{inner, b.backend}, nil
}
