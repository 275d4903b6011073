package ops

import (
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
)

// OnGo says whether the graph is for GoMLX's Go backend, for which some operations are better
// written in another way than for XLA. Wrappers around that backend, such as ours in ml/backend,
// pass its name on.
func OnGo(g *graph.Graph) bool { return g.Backend().String() == gobackend.BackendName }
