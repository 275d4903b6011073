package program

import (
	"go/ast"
	"regexp"
	"strings"
)

// Statements is the name of the function that holds a cell's statements, as FunctionName gives it.
const Statements = "main.main"

// namesVersion is to be raised when the functions below answer otherwise than before: cells in the cache have the names of
// their time.
const namesVersion = "names 2"

var (
	cellPackage = regexp.MustCompile(`\b` + PathPrefix + `c[0-9a-f]{16}\b`)
	onValue     = regexp.MustCompile(`^main\.` + onValuePrefix + `([\pL\pN_]+?)Ɛ`)
	onPointer   = regexp.MustCompile(`^main\.` + onPointerPrefix + `([\pL\pN_]+?)Ɛ`)
	initOfCell  = regexp.MustCompile(`^main\.ɛinit(\d+)`)
	statements  = regexp.MustCompile(`^main\.ɛrun\b`)
	marks       = regexp.MustCompile(`(^|[^\pL\pN_])[Ɛɛ]+`)
)

// A method whose type stays in an earlier cell is compiled as a function, called by one of these, the type's name, Ɛ and its own
// name.
const (
	onValuePrefix   = "ɛm_"
	onPointerPrefix = "ɛp_"
)

// overridingName is what the method is called then.
func overridingName(d *Decl, fd *ast.FuncDecl) string {
	prefix := onValuePrefix
	if _, pointer := ast.Unparen(fd.Recv.List[0].Type).(*ast.StarExpr); pointer {
		prefix = onPointerPrefix
	}
	return prefix + d.recv + "Ɛ" + d.names[0]
}

// TypeName turns the name of a type, or of a package, as compiled cells have it into what the user calls it.
func TypeName(name string) string {
	if !strings.Contains(name, PathPrefix) {
		return name
	}
	return cellPackage.ReplaceAllString(name, "main")
}

// HiddenMethod says of a compiled method whether the user's program has it as an unexported one.
func HiddenMethod(name string) bool { return strings.HasPrefix(name, "Ɛ") }

// FunctionName turns the name of a function of a compiled cell into what it would be called if the session were one program;
// the cell's statements are then a part of main. It never returns a longer name.
func FunctionName(name string) string {
	if !strings.Contains(name, PathPrefix) && !strings.ContainsAny(name, "Ɛɛ") {
		return name
	}
	name = TypeName(name)
	name = statements.ReplaceAllString(name, Statements)
	name = onValue.ReplaceAllString(name, "main.$1.")
	name = onPointer.ReplaceAllString(name, "main.(*$1).")
	name = initOfCell.ReplaceAllString(name, "main.init.$1")
	return marks.ReplaceAllString(name, "$1")
}
