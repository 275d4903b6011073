package multicore_test

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"github.com/gonbml/gonbml/ml/backend/multicore"
)

// sums compiles x·xᵀ + Σx of [n, m] numbers, behind something that the inner backend computes.
func sums(t *testing.T, b compute.Backend, n, m int) compute.Executable {
	t.Helper()
	builder := b.Builder("sums")
	f := builder.Main()
	var failed error
	must := func(v compute.Value, err error) compute.Value {
		if err != nil && failed == nil {
			failed = err
		}
		return v
	}
	x := must(f.Parameter("x", shapes.Make(dtypes.Float32, n, m), nil))
	y := must(f.Floor(must(f.Add(x, must(f.Constant([]float32{0.5}))))))
	product := must(f.DotGeneral(y, []int{1}, nil, x, []int{1}, nil, compute.DotGeneralConfig{}))
	if failed == nil {
		failed = f.Return([]compute.Value{must(f.Add(product, must(f.ReduceSum(y, 0, 1)))), must(f.Neg(x))}, nil)
	}
	if failed != nil {
		t.Fatal(failed)
	}
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// expectSums executes what sums made, with numbers that are all v.
func expectSums(b compute.Backend, e compute.Executable, n, m int, v float32, donate bool) error {
	x, err := b.BufferFromFlatData(0, slices.Repeat([]float32{v}, n*m), shapes.Make(dtypes.Float32, n, m))
	if err != nil {
		return err
	}
	out, err := e.Execute([]compute.Buffer{x}, []bool{donate}, 0)
	if err != nil {
		return err
	}
	for i, want := range []float32{v*v*float32(m) + v*float32(n*m), -v} {
		flat, err := out[i].Data()
		if err != nil {
			return err
		}
		for at, got := range flat.([]float32) {
			if got != want {
				return fmt.Errorf("output %d of %d by %d: expected %g at %d. Got %g", i, n, m, want, at, got)
			}
		}
		if err := out[i].Finalize(); err != nil {
			return err
		}
	}
	if donate {
		return nil
	}
	return x.Finalize()
}

// TestExecutionsAtOnce: executions of one executable and of several do not see each other, while
// others are compiled and finalized.
func TestExecutionsAtOnce(t *testing.T) {
	b := planning(t, 3)
	shared := sums(t, b, 40, 300)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 15 {
				if err := expectSums(b, shared, 40, 300, float32(1+(g+i)%4), i%2 == 0); err != nil {
					t.Error(err)
					return
				}
				n, m := 1+(g*7+i)%33, 1+i*3
				own := sums(t, b, n, m)
				if err := expectSums(b, own, n, m, 2, i%3 == 0); err != nil {
					t.Error(err)
				}
				own.Finalize()
			}
		})
	}
	all.Wait()
	shared.Finalize()
}

// TestFinalizedMeanwhile: an execution that is under way when its executable is finalized ends as
// if it were not, or with an error.
func TestFinalizedMeanwhile(t *testing.T) {
	b := planning(t, 3)
	for range 20 {
		e := sums(t, b, 60, 600)
		input, err := b.BufferFromFlatData(0, slices.Repeat([]float32{2}, 60*600), shapes.Make(dtypes.Float32, 60, 600))
		if err != nil {
			t.Fatal(err)
		}
		begun := make(chan bool)
		var all sync.WaitGroup
		all.Go(func() {
			close(begun)
			out, err := e.Execute([]compute.Buffer{input}, nil, 0)
			if err != nil {
				return
			}
			flat, err := out[0].Data()
			if err != nil {
				t.Error(err)
				return
			}
			if got := flat.([]float32)[7]; got != 2400+2*36000 {
				t.Errorf("expected %d. Got %g", 2400+2*36000, got)
			}
		})
		<-begun
		e.Finalize()
		all.Wait()
	}
}

// TestBufferGivenTwice: a buffer that is given for two parameters and donated for one of them is
// not overwritten before the other is read.
func TestBufferGivenTwice(t *testing.T) {
	b := planning(t, 2)
	builder := b.Builder("twice")
	f := builder.Main()
	s := shapes.Make(dtypes.Float32, 5000)
	x, err := f.Parameter("x", s, nil)
	if err != nil {
		t.Fatal(err)
	}
	y, err := f.Parameter("y", s, nil)
	if err != nil {
		t.Fatal(err)
	}
	negative, err := f.Neg(x)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := f.ReduceSum(y, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Return([]compute.Value{negative, sum}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	both, err := b.BufferFromFlatData(0, slices.Repeat([]float32{1}, 5000), s)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Execute([]compute.Buffer{both, both}, []bool{true, false}, 0)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := out[1].Data()
	if err != nil {
		t.Fatal(err)
	}
	if got := flat.([]float32)[0]; got != 5000 {
		t.Fatalf("expected the sum of 5000 ones. Got %g", got)
	}
}

// TestBroadcastAxesInAnyOrder: an array that is broadcast to axes in another order is transposed by
// that, also within other operations.
func TestBroadcastAxesInAnyOrder(t *testing.T) {
	b := planning(t, 2)
	builder := b.Builder("order")
	f := builder.Main()
	x, err := f.Parameter("x", shapes.Make(dtypes.Float32, 2, 3), nil)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := f.BroadcastInDim(x, shapes.Make(dtypes.Float32, 3, 2), []int{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	negative, err := f.Neg(wide)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Return([]compute.Value{negative}, nil); err != nil {
		t.Fatal(err)
	}
	e, err := builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	in, err := b.BufferFromFlatData(0, []float32{1, 2, 3, 4, 5, 6}, shapes.Make(dtypes.Float32, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Execute([]compute.Buffer{in}, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	flat, err := out[0].Data()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := flat.([]float32), []float32{-1, -4, -2, -5, -3, -6}; !slices.Equal(got, want) {
		t.Fatalf("expected %v. Got %v", want, got)
	}
}

// TestMemoryOfManyComputations: computations of ever new shapes leave nothing behind.
func TestMemoryOfManyComputations(t *testing.T) {
	b := multicore.Wrap(goBackend(t))
	multicore.PlanAll(b)
	used := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	run := func(count int) {
		for i := range count {
			n, m := 1+i%37, 1+i%101
			e := sums(t, b, n, m)
			if err := expectSums(b, e, n, m, 3, i%2 == 0); err != nil {
				t.Fatal(err)
			}
			e.Finalize()
		}
	}
	run(50)
	before := used()
	run(1000)
	if after := used(); after > before+4<<20 {
		t.Fatalf("expected no more memory than the %d bytes after 50 computations. Got %d after 1000 more", before, after)
	}
}
