package ml

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Freeze stops the training of the layers of these names (dense, dense_1, ..., see Summary);
// without names, of all layers. Their weights stay as they are, and BatchNormalization works as in
// Predict. The rest of the model trains on as before. A model among the layers is frozen as a
// whole; its own Freeze stops layers of it, in every model in which it stands.
func (m *Model) Freeze(names ...string) error { return m.setFrozen(true, names) }

// Unfreeze takes back Freeze.
func (m *Model) Unfreeze(names ...string) error { return m.setFrozen(false, names) }

func (m *Model) setFrozen(frozen bool, names []string) error {
	if err := m.enterCell(); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	defer m.leave()
	known := map[string]*placed{}
	var all []string
	for _, p := range m.layers {
		if p.implicit {
			continue
		}
		known[p.name] = p
		all = append(all, p.name)
	}
	if len(names) == 0 {
		names = all
	}
	for _, name := range names {
		if known[name] == nil {
			return fmt.Errorf("ml: expected a layer among %s. Got %q", strings.Join(all, ", "), name)
		}
	}
	for _, name := range names {
		p := known[name]
		m.mu.Lock()
		p.frozen = frozen
		m.mu.Unlock()
		p.hold(m.Scope().At("%s", name), false)
	}
	m.forget()
	return nil
}

// Penalty adds to a graph what the layers' regularisers add to the loss, each layer once. It is nil
// if there are none. The layers must be in the graph already.
func (m *Model) Penalty(g *graph.Graph) *graph.Node { return m.RegularizationLoss(m.Scope(), g) }

// RegularizationLoss is Penalty for a model that is a layer of another one, given the scope of its
// layers there.
func (m *Model) RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node {
	return m.penalty(scope, g)
}
