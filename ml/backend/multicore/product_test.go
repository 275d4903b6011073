package multicore

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func filled(n int, r *rand.Rand) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func TestProducts(t *testing.T) {
	if !hasTile {
		t.Skip("this processor has no tiles")
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][3]int{{1, 1, 1}, {8, 32, 4}, {9, 33, 257}, {128, 64, 784}, {10, 128, 64}, {600, 5, 3}, {31, 100, 600}} {
		n, m, k := size[0], size[1], size[2]
		for turn := range 8 {
			a, b, c := matrix{filled(n*k, r), k, 1}, matrix{filled(k*m, r), m, 1}, matrix{make([]float32, n*m), m, 1}
			if turn&1 != 0 {
				a.row, a.column = 1, n
			}
			if turn&2 != 0 {
				b.row, b.column = 1, k
			}
			if turn&4 != 0 {
				c.row, c.column = 1, n
			}
			product(shared, n, m, k, a, b, c)
			for i := range n {
				for j := range m {
					want, size := 0.0, 0.0
					for l := range k {
						p := float64(a.data[i*a.row+l*a.column]) * float64(b.data[l*b.row+j*b.column])
						want += p
						size += math.Abs(p)
					}
					if got := float64(c.data[i*c.row+j*c.column]); math.Abs(got-want) > 1e-6*size+1e-6 {
						t.Fatalf("%d by %d over %d, layout %d: expected %g at %d, %d. Got %g", n, m, k, turn, want, i, j, got)
					}
				}
			}
		}
	}
}

func BenchmarkProducts(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range []struct {
		n, m, k      int
		turnA, turnB bool
	}{
		{1024, 1024, 1024, false, false},
		{128, 1024, 1024, false, false}, {128, 1024, 1024, false, true}, {1024, 1024, 128, true, false},
		{128, 64, 784, false, false}, {784, 64, 128, true, false}, {128, 10, 64, false, false}, {64, 10, 128, true, false}, {128, 64, 10, false, true},
		{15488, 64, 288, false, false}, {288, 64, 15488, true, false}, {15488, 32, 64, false, true}, {86528, 32, 9, false, false}, {9, 32, 86528, true, false},
	} {
		b.Run(fmt.Sprintf("%dx%dx%d_%v_%v", s.n, s.m, s.k, s.turnA, s.turnB), func(b *testing.B) {
			x, y, z := matrix{filled(s.n*s.k, r), s.k, 1}, matrix{filled(s.k*s.m, r), s.m, 1}, matrix{make([]float32, s.n*s.m), s.m, 1}
			if s.turnA {
				x.row, x.column = 1, s.n
			}
			if s.turnB {
				y.row, y.column = 1, s.k
			}
			for b.Loop() {
				product(shared, s.n, s.m, s.k, x, y, z)
			}
			b.ReportMetric(2*float64(s.n*s.m)*float64(s.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
