package ops

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/backend"
)

// A backend that is not recognised gives right results by the slow forms of operations, so nothing
// else would fail.
func TestGraphsOfTheGoBackendAreRecognised(t *testing.T) {
	golang, err := backend.NewGo()
	if err != nil {
		t.Fatal(err)
	}
	best, err := backend.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*backend.Backend{golang, best} {
		if got, want := OnGo(graph.NewGraph(b.GoMLX(), "g")), !b.XLA(); got != want {
			t.Errorf("%s: OnGo is %t. Expected %t", b, got, want)
		}
	}
}
