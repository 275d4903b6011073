// Package multicore makes GoMLX's backend in pure Go fast at training: it computes on all cores
// what that computes on one, number by number.
//
// Wrap returns a backend that is the inner one in all respects but one: of a computation's
// operations on 32-bit floating-point numbers it computes the common ones itself. Chains of
// elementwise operations become one pass over memory, in blocks that fit the cache; matrix products
// take transposed factors as they lie and run on tiles in registers (AVX-512; on other processors
// they are the inner backend's); moving and reducing is shared out among the cores. Every operation
// is also added to the inner backend's own graph, which therefore checks shapes and types, computes
// what is not known here, and takes over computations as a whole: small ones, and those with
// control flow or dynamic shapes.
//
// The package owns the plan of a computation (plan), its programs (program) and the division among
// cores (workers). It owns no memory of tensors: buffers are the inner backend's, so that both can
// read them.
//
// A result is the same bit by bit however many cores there are.
package multicore

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// Backend is a backend that computes on all cores. Its methods that are not here are the inner
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

// Wrap returns a backend that computes with the inner one, which must be GoMLX's Go backend, and on
// all cores.
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
