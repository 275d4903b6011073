package program

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program/script"
)

// A program of its own has no cells that an error could fail: where a cell's statements hear
// errors, it has plain Go, which ends it.

// take writes the calls within a node whose error is taken off.
func (s *standalone) take(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if call, values, ok := script.Taken(n); ok {
			s.ed.wrap(call.Pos(), call.End(), s.must(values)+"(", ")")
		}
		return true
	})
}

// must is the name of the function that takes off an error after so many values.
func (s *standalone) must(values int) string {
	name := s.musts[values]
	if name == "" {
		name = "must"
		if values != 1 {
			name = fmt.Sprintf("must%d", values)
		}
		for s.live[name] != nil || s.own[name] != nil || s.taken[name] {
			name += "_"
		}
		s.musts[values] = name
	}
	return name
}

// writeMusts writes these functions.
func (s *standalone) writeMusts() {
	for values := range script.Most + 1 {
		name := s.musts[values]
		if name == "" {
			continue
		}
		var kinds, params, names []string
		for i := range values {
			kinds = append(kinds, "ABCD"[i:i+1])
			names = append(names, "abcd"[i:i+1])
			params = append(params, names[i]+" "+kinds[i]+", ")
		}
		generic, list := "", strings.Join(kinds, ", ")
		if values > 0 {
			generic = "[" + list + " any]"
		}
		fmt.Fprintf(&s.files[0], "func %s%s(%serr error) (%s) {\nif err != nil {\npanic(err)\n}\nreturn %s\n}\n",
			name, generic, strings.Join(params, ""), list, strings.Join(names, ", "))
	}
}

// hearVariable writes the errors off that the definition of variables, with these names, does not
// look at. It returns what is to follow.
func (s *standalone) hearVariable(def definition, names *[]string) string {
	for _, v := range def.step.Var.Values {
		s.take(v)
	}
	last := len(*names) - 1
	switch {
	case !def.unread:
		return ""
	case (*names)[last] != "_":
		return "func init() {\nif " + (*names)[last] + " != nil {\npanic(" + (*names)[last] + ")\n}\n}\n"
	case last > 0 && last <= script.Most: // another definition has the name of the error
		call := def.step.Var.Values[0]
		s.ed.wrap(call.Pos(), call.End(), s.must(last)+"(", ")")
		*names = (*names)[:last]
	}
	return ""
}

// hearCell records the edits for the statements of the cell that the program is made for. Where
// they cannot be checked here, since they are meant for another machine, they stay as they are.
func (s *standalone) hearCell(c *cell.Cell) {
	if !s.isScript(c) {
		return
	}
	q := s.Program.fork()
	sc, _, err := q.cellScope(c)
	if err != nil {
		return
	}
	ck, err := q.checkCell(c, sc)
	if err != nil || len(ck.broken) > 0 {
		return
	}
	var steps, functions []ast.Node
	for _, st := range c.Steps {
		if st.Init == nil && st.Call == nil {
			steps = append(steps, st.Node())
		}
	}
	for _, d := range c.Decls {
		functions = append(functions, d.Node)
	}
	for _, n := range steps {
		if _, ok := n.(*ast.ValueSpec); ok {
			continue // hearVariable writes it
		}
		s.take(n)
		for _, call := range script.Bare(ck.info, n) {
			if values := script.Results(ck.info, call) - 1; values <= script.Most {
				s.ed.wrap(call.Pos(), call.End(), s.must(values)+"(", ")")
			}
		}
	}
	for _, a := range script.Errors(ck.info, steps, functions, func(types.Object) bool { return false }) {
		if _, ok := a.Node.(*ast.AssignStmt); ok && !a.Read && a.Cond == nil {
			s.ed.after(a.End, "; if "+a.Var.Name+" != nil { panic("+a.Var.Name+") }")
		}
	}
}
