// Package cell takes the text of a cell apart into imports, declarations, and the steps that a run
// of the cell carries out. It knows Go's syntax, but nothing about types, about other cells, or
// about how a cell is compiled.
//
// A cell mixes declarations and bare statements in any order, which no Go parser accepts. So the
// text is cut into top-level chunks and parsed twice: once with the statements blanked out, and
// once with the declarations blanked out, inside a function body. Blanking keeps every byte in its
// place, so positions differ by one line only, and offsets by the length of a prefix.
package cell

import (
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/token"
)

// Cell is one parsed cell.
type Cell struct {
	// ID is derived from Source, so that the same text compiles to the same code in every session.
	ID string
	// Number is the execution count under which the text was last run. Errors use it to name the
	// cell.
	Number int
	Source string

	Imports []*ast.ImportSpec
	Decls   []*Decl
	Steps   []*Step
	// Last is the expression at the end of the cell, whose value it shows. It is nil if the cell
	// ends with anything else.
	Last ast.Expr
	// Quiet says that a semicolon follows Last, so that its value is not shown.
	Quiet bool
	// Main says that the cell declares main and has no statements of its own, so that running the
	// cell runs main.
	Main bool
	// Clause says that the cell has a package clause, as a file of a program has.
	Clause bool

	prefix map[*token.File]int
}

// Decl is a declaration that does nothing when the cell runs: a constant group, a type, a function
// or a method.
type Decl struct {
	Kind  token.Token // CONST, TYPE or FUNC
	Names []string    // several only in a constant group
	Recv  string      // name of a method's receiver type
	Node  ast.Decl
	Pos   token.Pos // includes a function's doc comment, where pragmas stand
	End   token.Pos
	// Fixed says that the function cannot be redefined in place by forwarding: because it is
	// generic, because it calls recover itself (which works only in the deferred function), or
	// because it has a pragma that would not apply to the forwarding call.
	Fixed bool
}

// Key identifies the declaration in a session: "f", "T", "T.m". For a constant group it is the
// first name.
func (d *Decl) Key() string {
	if d.Recv != "" {
		return d.Recv + "." + d.Names[0]
	}
	return d.Names[0]
}

// Step is one thing that a run of the cell does, in text order. Exactly one of Stmt, Var, Init and
// Call is set.
type Step struct {
	// Stmt is a bare statement.
	Stmt ast.Stmt
	// Var is "var x T = v", or "x := v" rewritten in that form.
	Var *ast.ValueSpec
	// Define is the statement from which Var was made if it was written with :=.
	Define *ast.AssignStmt
	// Again has the assignments "x = temporary" for those names of a := that the cell has already
	// defined.
	Again []ast.Stmt
	// Embed has the //go:embed directives of a var declaration, one per line. EmbedPos is the
	// position of the last one.
	Embed    string
	EmbedPos token.Pos
	// Init is an init function.
	Init *ast.FuncDecl
	// Call is the name in the declaration of an init_ function (see initLike). Such a function runs
	// where an init function would, and stays in the session under its name.
	Call *ast.Ident
}

// Node returns the syntax of the step as it was written.
func (s *Step) Node() ast.Node {
	switch {
	case s.Define != nil:
		return s.Define
	case s.Var != nil:
		return s.Var
	case s.Init != nil:
		return s.Init
	case s.Call != nil:
		return s.Call
	}
	return s.Stmt
}

// Temporary is the beginning of the names of those variables that stand for a repeated name on the
// left of a :=.
const Temporary = "ɛtmp"

// Files returns the token files to which the cell's positions belong.
func (c *Cell) Files() []*token.File {
	var fs []*token.File
	for f := range c.prefix {
		fs = append(fs, f)
	}
	return fs
}

// Offset returns the byte offset in Source of a position in one of the cell's files.
func (c *Cell) Offset(f *token.File, p token.Pos) int { return f.Offset(p) - c.prefix[f] }

// Position returns the line and column (in bytes, both from 1) of a position in one of the cell's
// files.
func (c *Cell) Position(f *token.File, p token.Pos) (line, column int) {
	pos := f.PositionFor(p, false)
	return pos.Line - 1, pos.Column
}

// ID returns the identifier of a cell's text. Equal texts have equal identifiers.
func ID(source string) string {
	h := sha256.Sum256([]byte(source))
	return hex.EncodeToString(h[:6])
}
