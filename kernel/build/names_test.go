package build

import (
	"slices"
	"testing"
)

// TestBestGuess orders packages of one name.
func TestBestGuess(t *testing.T) {
	m := &manifest{Names: map[string]string{
		"github.com/gomlx/gomlx/ml/layers": "layers", self + "/ml/layers": "layers",
		"runtime/metrics": "metrics", self + "/ml/metrics": "metrics",
		"math/rand": "rand", "math/rand/v2": "rand", "crypto/rand": "rand",
	}}
	b := &Builder{source: &source{}}
	n := b.newNames(m, []byte("example.com/layers\tlayers\ngithub.com/gomlx/gomlx/ml/layers\tlayers\nexample.com/m\tmain\n"))
	for name, want := range map[string][]string{
		// GoMLX's path is shorter, and it has a Dense, too.
		"layers":  {self + "/ml/layers", "github.com/gomlx/gomlx/ml/layers", "example.com/layers"},
		"metrics": {"runtime/metrics", self + "/ml/metrics"},
		"rand":    {"math/rand", "crypto/rand", "math/rand/v2"},
		"main":    nil,
	} {
		if got := n.byName[name]; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
