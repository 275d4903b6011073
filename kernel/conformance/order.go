package conformance

import (
	"go/ast"
	"go/types"
)

// link finds what each declaration needs before it. With apart, methods are declarations of their
// own; else each is tied to its type.
func (g *declarations) link(apart bool) {
	for _, d := range g.all {
		ast.Inspect(d.node, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				g.need(d, g.info.Uses[n])
			case *ast.SelectorExpr:
				if s := g.info.Selections[n]; s != nil {
					g.need(d, s.Obj())
				}
			}
			return true
		})
		if d.recv != nil {
			d.needs[d.recv] = true
			if !apart {
				d.recv.needs[d] = true
			}
		}
	}
	if apart {
		for _, d := range g.all {
			if !d.isType() && d.recv == nil {
				g.needMethods(d)
			}
		}
	}
	g.linkVariables()
}

// need notes that d uses an object.
func (g *declarations) need(d *declaration, o types.Object) {
	switch x := o.(type) {
	case *types.Func:
		o = x.Origin()
	case *types.Var:
		o = x.Origin()
	}
	if o == nil {
		return
	}
	if other := g.byObject[o]; other != nil && other != d {
		d.needs[other] = true
	}
}

// needMethods lets d wait for all methods of the types that it can meet: it may use them through
// interfaces.
func (g *declarations) needMethods(d *declaration) {
	seen := map[*declaration]bool{}
	var walk func(x *declaration)
	walk = func(x *declaration) {
		if seen[x] {
			return
		}
		seen[x] = true
		for _, m := range x.methods {
			if m != d {
				d.needs[m] = true
			}
		}
		if x.isType() || x == d {
			for y := range x.needs {
				walk(y)
			}
		}
	}
	walk(d)
}

// linkVariables ties the variables to the order in which Go initialises them.
func (g *declarations) linkVariables() {
	specs := map[types.Object]*declaration{}
	for _, d := range g.all {
		if s, ok := d.node.(*ast.ValueSpec); ok {
			for _, id := range s.Names {
				specs[g.info.Defs[id]] = d
			}
		}
	}
	var before *declaration
	for _, init := range g.info.InitOrder {
		d := specs[init.Lhs[0]]
		if before != nil && d != nil && d != before {
			d.needs[before] = true
		}
		if d != nil {
			before = d
		}
	}
}

// components groups nodes that need one another, and returns the groups so that what a group needs
// comes before it; apart from that, they keep the order of nodes. It is Tarjan's algorithm (SIAM
// Journal on Computing 1, 1972).
func components[T comparable](nodes []T, needs func(T) []T) [][]T {
	index, low := map[T]int{}, map[T]int{}
	onStack := map[T]bool{}
	var stack []T
	var groups [][]T
	var visit func(n T)
	visit = func(n T) {
		index[n] = len(index) + 1
		low[n] = index[n]
		stack = append(stack, n)
		onStack[n] = true
		for _, m := range needs(n) {
			if index[m] == 0 {
				visit(m)
				low[n] = min(low[n], low[m])
			} else if onStack[m] {
				low[n] = min(low[n], index[m])
			}
		}
		if low[n] != index[n] {
			return
		}
		var group []T
		for {
			m := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			onStack[m] = false
			group = append(group, m)
			if m == n {
				break
			}
		}
		groups = append(groups, group)
	}
	for _, n := range nodes {
		if index[n] == 0 {
			visit(n)
		}
	}
	return groups
}
