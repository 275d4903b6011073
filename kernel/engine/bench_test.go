package engine_test

import (
	"fmt"
	"testing"
	"time"
)

// The benchmarks time whole cells, from text to result, in one session each. Every cell has a text that the cache has
// not seen. bench/cells.py measures the same through Jupyter, beside GoNB.

func BenchmarkNewCellFmt(b *testing.B) {
	n := newNotebook(b)
	n.run(`import "fmt"`)
	salt := time.Now().UnixNano()
	for i := 0; b.Loop(); i++ {
		n.run(fmt.Sprintf(`fmt.Println("cell", %d, %d)`, i, salt))
	}
}

func BenchmarkNewCellGoMLX(b *testing.B) {
	n := newNotebook(b)
	n.run(`
import (
	"fmt"
	"github.com/gomlx/gomlx/core/tensors"
	. "github.com/gomlx/gomlx/core/graph"
)
func double(x *Node) *Node { return Add(x, x) }`)
	salt := time.Now().UnixNano()
	for i := 0; b.Loop(); i++ {
		n.run(fmt.Sprintf(`
f%d := func(x *Node) *Node { return double(x) }
fmt.Println(f%d != nil, tensors.FromValue([]float32{%d, %d}).Shape())`, i, i, i, salt))
	}
}

func BenchmarkUnchangedCell(b *testing.B) {
	n := newNotebook(b)
	n.run("x := 0")
	n.run("x++")
	for b.Loop() {
		n.run("x++")
	}
}
