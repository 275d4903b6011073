package multicore_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"

	"github.com/gonbml/gonbml/ml/backend/multicore"
)

// data are numbers for a parameter.
func (d *drawn) data(s shapes.Shape) any {
	n := s.Size()
	switch s.DType {
	case dtypes.Bool:
		v := make([]bool, n)
		for i := range v {
			v[i] = d.choice(512)%2 == 0
		}
		return v
	case dtypes.Int32:
		v := make([]int32, n)
		for i := range v {
			v[i] = int32(d.choice(513)%9 - 4)
		}
		return v
	case dtypes.Float64:
		v := make([]float64, n)
		for i := range v {
			v[i] = float64(d.choice(513)%9 - 4)
		}
		return v
	case dtypes.Float32:
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(d.choice(513)%9 - 4)
			if d.special && d.choice(512)%16 == 0 {
				v[i] = []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.Copysign(0, -1))}[d.choice(512)%4]
			}
		}
		return v
	}
	return nil
}

// fuzzed are the backends that must agree: the inner one first.
func fuzzed(t testing.TB) []compute.Backend {
	t.Helper()
	inner := goBackend(t)
	one, three := multicore.Wrap(inner), multicore.Wrap(inner)
	multicore.PlanAll(one)
	multicore.PlanAll(three)
	multicore.OnCores(one, 1)
	multicore.OnCores(three, 3)
	return []compute.Backend{inner, one, three}
}

// numbersOf are a buffer's contents as numbers.
func numbersOf(t *testing.T, b compute.Buffer) []float64 {
	t.Helper()
	flat, err := b.Data()
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	switch v := flat.(type) {
	case []float32:
		for _, x := range v {
			all = append(all, float64(x))
		}
	case []float64:
		all = slices.Clone(v)
	case []int32:
		for _, x := range v {
			all = append(all, float64(x))
		}
	case []bool:
		for _, x := range v {
			n := 0.0
			if x {
				n = 1
			}
			all = append(all, n)
		}
	case []bfloat16.BFloat16:
		for _, x := range v {
			all = append(all, float64(x.Float32()))
		}
	default:
		t.Fatalf("expected no numbers of type %T", flat)
	}
	return all
}

// differ says where numbers differ by more than they may, or -1.
func differ(want, got []float64, most float64, exact bool) int {
	if len(want) != len(got) {
		return 0
	}
	off := 0.0
	if !exact {
		off = 1e-5 * most
	}
	for i, w := range want {
		g := got[i]
		if math.IsNaN(w) && math.IsNaN(g) || w == g || math.Abs(w-g) <= off {
			continue
		}
		return i
	}
	return -1
}

// runDrawn draws a graph from the data, and computes it twice on all backends.
func runDrawn(t *testing.T, backends []compute.Backend, data []byte) {
	d := &drawn{choice: choices(data)}
	d.control, d.special = d.choice(10) == 0, d.choice(3) == 0
	var builders []compute.Builder
	for _, b := range backends {
		builder := b.Builder("drawn")
		builders, d.functions = append(builders, builder), append(d.functions, builder.Main())
	}
	for range 1 + d.choice(4) {
		d.parameter(t)
	}
	for range 4 + d.choice(28) {
		d.step(t)
	}
	var outputs []int
	for range 1 + d.choice(4) {
		at := d.choice(len(d.values))
		if d.choice(3) > 0 {
			at = len(d.values) - 1 - d.choice(min(8, len(d.values)))
		}
		if !slices.Contains(outputs, at) {
			outputs = append(outputs, at)
		}
	}
	story := fmt.Sprintf("outputs %v\n%v", outputs, d.story)
	executables := make([]compute.Executable, len(backends))
	for b, f := range d.functions {
		out := make([]compute.Value, len(outputs))
		for i, at := range outputs {
			out[i] = d.values[at].on[b]
		}
		err := f.Return(out, nil)
		if err == nil {
			executables[b], err = builders[b].Compile()
		}
		if err != nil {
			if b == 0 {
				return
			}
			t.Fatalf("expected no error. Got %v\n%s", err, story)
		}
		defer executables[b].Finalize()
	}
	// held are the results of both executions; the first must not change by the second.
	type results struct {
		wants [][]float64
		outs  [][]compute.Buffer
	}
	var held []results
	for turn := range 2 {
		flats := make([]any, len(d.parameters))
		donate := make([]bool, len(d.parameters))
		for i, p := range d.parameters {
			if flats[i] = d.data(d.values[p].shape); flats[i] == nil {
				return
			}
			donate[i] = d.choice(2) == 0
		}
		twice := d.choice(4) == 0 && len(flats) > 1 && d.values[d.parameters[0]].shape.Equal(d.values[d.parameters[1]].shape)
		if twice {
			flats[1], donate[0], donate[1] = flats[0], false, false
		}
		r := results{outs: make([][]compute.Buffer, len(backends))}
		for b, backend := range backends {
			in := make([]compute.Buffer, len(flats))
			for i, p := range d.parameters {
				var err error
				if in[i], err = backend.BufferFromFlatData(0, flats[i], d.values[p].shape); err != nil {
					t.Fatal(err)
				}
			}
			if twice {
				in[1] = in[0]
			}
			out, err := execute(executables[b], in, slices.Clone(donate))
			if err != nil {
				if b == 0 {
					return
				}
				t.Fatalf("expected no error. Got %v\n%s", err, story)
			}
			r.outs[b] = out
			for i := range in {
				if !donate[i] {
					flat, err := in[i].Data()
					if err != nil {
						t.Fatal(err)
					}
					if want := fmt.Sprint(flats[i]); d.choice(8) == 0 && fmt.Sprint(flat) != want {
						t.Fatalf("backend %d changed parameter %d\n%s", b, i, story)
					}
				}
			}
		}
		for _, o := range r.outs[0] {
			r.wants = append(r.wants, numbersOf(t, o))
		}
		held = append(held, r)
		for _, r := range held {
			for i, want := range r.wants {
				v := d.values[outputs[i]]
				for b := 1; b < len(backends); b++ {
					got := numbersOf(t, r.outs[b][i])
					if at := differ(want, got, v.most, v.exact); at >= 0 {
						t.Fatalf("turn %d, backend %d, output %d of shape %s: expected %v at %d, as from the inner backend. Got %v\n%s", turn, b, i, v.shape, part(want, at), at, part(got, at), story)
					}
				}
			}
		}
	}
	for _, r := range held {
		for _, outs := range r.outs {
			for _, o := range outs {
				if err := o.Finalize(); err != nil {
					t.Fatalf("%v\n%s", err, story)
				}
			}
		}
	}
}

// execute returns panics as errors: the inner backend has some with arrays of no numbers.
func execute(e compute.Executable, in []compute.Buffer, donate []bool) (out []compute.Buffer, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("panic: %v", e)
		}
	}()
	return e.Execute(in, donate, 0)
}

func part(v []float64, at int) []float64 { return v[min(at, len(v)):min(len(v), at+8)] }

// TestDrawnGraphs computes random graphs with everything planned that can be, and expects what the
// inner backend makes of them.
func TestDrawnGraphs(t *testing.T) {
	backends := fuzzed(t)
	for i := range 400 {
		t.Run(fmt.Sprint(i), func(t *testing.T) { runDrawn(t, backends, []byte{byte(i), byte(i >> 8), 77}) })
	}
}

// FuzzGraphs is TestDrawnGraphs without end.
func FuzzGraphs(f *testing.F) {
	backends := fuzzed(f)
	for i := range 8 {
		f.Add([]byte{byte(i), 3})
	}
	f.Fuzz(func(t *testing.T, data []byte) { runDrawn(t, backends, data) })
}
