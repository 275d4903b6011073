package program

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

func TestWitness(t *testing.T) {
	const source = `package lib
type byVar struct{ a int }
type byPointer int
type byConst uint8
type byResult struct{}
type byResultPointer struct{}
type byFirst string
type byVariadic string
type hidden int
type Named int
var (
	V byVar
	P *byPointer
	secret hidden
)
const C byConst = 1
func New(int, string) byResult { return byResult{} }
func NewPointer() *byResultPointer { return nil }
func Open(string) (byFirst, error) { return "", nil }
func With(int, ...string) byVariadic { return "" }
func Generic[T any](T) hidden { return 0 }
func Four(a, b, c, d int) hidden { return 0 }
`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "lib.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := new(types.Config).Check("example.com/lib", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	alias := func(path string) string { return path[strings.LastIndex(path, "/")+1:] }
	for name, want := range map[string]string{
		"byVar": "&lib.V", "byPointer": "lib.P", "byConst": "rt.Of(lib.C)", "byResult": "rt.Result2(lib.New)",
		"byResultPointer": "rt.Elem(rt.Result0(lib.NewPointer))", "byFirst": "rt.First1(lib.Open)",
		"byVariadic": "rt.Result2V(lib.With)", "hidden": "", "Named": "",
	} {
		typ := lib.Scope().Lookup(name).Type()
		if got := witness(nil, typ, alias); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
		list := types.NewPointer(types.NewSlice(typ))
		if want != "" {
			want = "rt.Pointer(rt.Slice(" + want + "))"
		}
		if got := witness(nil, list, alias); got != want {
			t.Errorf("*[]%s: got %q, want %q", name, got, want)
		}
		if got := witness(lib, typ, alias); got != "" {
			t.Errorf("%s within its package: got %q", name, got)
		}
	}
}
