package ml

import (
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

// hold stops or resumes the training of the layer's variables in the scope, given whether a model
// in which it stands is frozen. What the layer itself said is not trained stays so.
func (p *placed) hold(scope *model.Scope, frozen bool) {
	for v := range scope.IterVariables() {
		contract.FreezeVariable(scope.Store(), v, frozen || p.frozen || held(p.Layer, below(scope, v)))
	}
}

// held says whether a variable is of a layer that is frozen within the layer, given its path below
// the layer's scope.
func held(l contract.Layer, path string) bool {
	if m := submodelOf(l); m != nil {
		return m.holds(path)
	}
	for _, c := range children(l) {
		if rest, ok := c.Below(path); ok && held(c.Layer, rest) {
			return true
		}
	}
	return false
}

// children are the layers in a layer.
func children(l contract.Layer) []contract.Child {
	if c, ok := l.(contract.Composite); ok {
		return c.Children()
	}
	return nil
}

// pathOf is how errors name the layer that a variable belongs to, given its path below the layers'
// scope; empty if it is none's.
func (n *network) pathOf(path string) string {
	name, rest, _ := strings.Cut(path, model.ScopeSeparator)
	p := n.named(name)
	if p == nil {
		return ""
	}
	if inner := pathIn(p.Layer, rest); inner != "" {
		return inner + " of " + p.path()
	}
	return p.path()
}

// pathIn is pathOf in the model that a layer is, or in those in it; empty if there is none.
func pathIn(l contract.Layer, path string) string {
	if m := submodelOf(l); m != nil {
		return m.pathOf(path)
	}
	for _, c := range children(l) {
		if rest, ok := c.Below(path); ok {
			if found := pathIn(c.Layer, rest); found != "" {
				return found
			}
		}
	}
	return ""
}

// below is a variable's path in a scope.
func below(scope *model.Scope, v *model.Variable) string {
	return strings.TrimPrefix(v.Path(), scope.Scope()+model.ScopeSeparator)
}
