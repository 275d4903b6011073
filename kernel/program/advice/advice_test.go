package advice_test

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/program/advice"
)

const imports = `package main

import (
	"fmt"
	"strings"
	"time"
)
`

const session = imports + `
var (
	counter = 1
	ratio   = 0.5
	name    = "n"
	wait    time.Duration
	i8      int8
	number  any = 1
	words   []string
	bytes_  []byte
	ages    map[string]int
	boxes   map[string]box
	next    *box
	one     = func() int { return 1 }
)

type box struct{ width, height int }

func (b box) area() int { return 0 }
func (b *box) grow()    {}

type grower interface{ grow() }

func pair() (int, error)          { return 1, nil }
func nothing()                    {}
func scale(b box, by float64) box { return b }
func first[T any]() (t T)         { return t }
`

// libraries imports packages of the standard library.
type libraries struct{ types.Importer }

func (libraries) Named(name string) []string {
	return map[string][]string{"fmt": {"fmt"}, "rand": {"math/rand"}, "strings": {"strings"}, "math": {"math"}}[name]
}

func (libraries) Below(path string) []string {
	return map[string][]string{"math": {"math/bits", "math/rand"}}[path]
}

// hint checks a cell beside the session and returns what is said to its first error.
func hint(t *testing.T, from advice.Importer, source string) string {
	t.Helper()
	v := &advice.View{Fset: token.NewFileSet(), Importer: from, Names: []string{"elsewhere"},
		Imports: map[string]string{"fmt": "fmt", "strings": "strings", "time": "time"}, Dots: []string{"bytes"},
		Info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
	parse := func(name, text string) *ast.File {
		f, err := parser.ParseFile(v.Fset, name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	var err error
	if v.Cell, err = cell.Parse(v.Fset, 1, source); err != nil {
		t.Fatal(err)
	}
	file, body := parse("imports.go", imports), &ast.BlockStmt{}
	for _, d := range v.Cell.Decls {
		file.Decls = append(file.Decls, d.Node)
	}
	for _, s := range v.Cell.Steps {
		if s.Var != nil {
			file.Decls = append(file.Decls, &ast.GenDecl{Tok: token.VAR, Specs: []ast.Spec{s.Var}})
		} else {
			body.List = append(body.List, s.Stmt)
		}
	}
	file.Decls = append(file.Decls, &ast.FuncDecl{Name: ast.NewIdent("ɛrun"), Type: &ast.FuncType{Params: &ast.FieldList{}}, Body: body})
	var errs []types.Error
	conf := types.Config{Importer: from, Error: func(err error) {
		var e types.Error
		if errors.As(err, &e) && !strings.Contains(e.Msg, "imported and not used") && !strings.HasPrefix(e.Msg, "\t") {
			errs = append(errs, e)
		}
	}}
	v.Package, _ = conf.Check("main", v.Fset, []*ast.File{parse("session.go", session), file}, v.Info)
	if len(errs) == 0 {
		t.Fatalf("%s\nhas no errors", source)
	}
	return v.Hint(errs[0].Msg, errs[0].Pos)
}

func TestHints(t *testing.T) {
	from := libraries{importer.Default()}
	for _, tt := range []struct{ source, want string }{
		// names
		{"coutner", "did you mean counter?"},
		{"math.Intn(3)", "did you mean rand.Intn?"},
		{"math.Sqrt(math.Abz(1))", `package "math" has no Abz; did you mean math.Abs?`},
		{"math.Abs(math.Perm(3))", "did you mean rand.Perm?"},
		{"func f(strings int) string { return strings.ToUpper(\"a\") }", `strings is a variable, which hides the package "strings"; rename it`},
		{"func f() {\n\ttype rand int\n\tvar r rand.Rand\n}", `rand is a type, which hides the package "math/rand"; rename it`},
		{"Display(counter)", "gophernotes' Display is display.Show(x) here"},
		{"display.Math(name)", "gophernotes' display.Math is display.Markdown(\"$$\" + s + \"$$\") here"},
		{"elsewere", "did you mean elsewhere?"},
		{"Counter", "did you mean counter?"},
		{"NewBufer(nil)", "did you mean NewBuffer?"},
		{"func f(number int) int {\n\treturn nubmer\n}", "did you mean number?"},
		{"func f() {\n\tif length := 1; length > 0 {\n\t}\n\tlenght()\n}", ""}, // length is out of sight there
		{"ɛrum()", ""}, // what the program generates is no suggestion
		{"total = 1", "a new variable is defined with :=, as in total := ..."},
		{"countr = 1", "did you mean counter or Count? A new variable is defined with :="},
		{"None", "in Go: nil"},
		{"Println(1)", "did you mean fmt.Println or println?"},
		{"println_(1)", "did you mean println?"},
		// what is selected from names
		{"np.zeros(3)", "tensors and their functions are in github.com/gomlx/gomlx (core/tensors, core/graph)"},
		{"this.width", "in Go: the receiver's name"},
		{"rand.Intm(3)", `package "math/rand" has no Intm; did you mean rand.Int or rand.Intn?`},
		{"rand.Elephant()", `packages of that name, such as "math/rand", have no Elephant`},
		{"fnt.Println()", "did you mean fmt?"},
		{"elephants.Run()", "no package at hand is called elephants; import one by its path, and it is fetched if need be"},
		{"strings.Joim(nil, \"\")", "did you mean strings.Join?"},
		{"strings.toUpper(name)", ""}, // the message says it
		// fields and methods
		{"box{}.aera()", "did you mean box{}.area?"},
		{"func f(b box) int {\n\treturn b.widht\n}", "did you mean b.width?"},
		{"box{}.colour", "box has area, grow, height, width"},
		{"box{widht: 1}", "did you mean width?"},
		{"box{colour: 1}", "box has the fields width, height"},
		{"name.contains(\"a\")", "in Go: strings.Contains(name, ...)"},
		{"name.strip()", "in Go: strings.TrimSpace(name)"},
		{"words.length()", "in Go: len(words)"},
		{"words.push(name)", "in Go: words = append(words, ...)"},
		{"ages.items()", "in Go: for key, value := range ages { ... }"},
		{"ages.get(name)", "in Go: value, ok := ages[key]"},
		// conversions
		{"counter = ratio", "convert it: int(ratio)"},
		{"ratio * counter", "convert it: float64(counter)"},
		{"wait = counter", "convert it: time.Duration(counter)"},
		{"time.Sleep(ratio)", "convert it: time.Duration(ratio)"},
		{"i8 = 300", "int8 holds whole numbers from -128 to 127"},
		{"var u uint16 = -1", "uint16 holds whole numbers from 0 to 65535"},
		{"counter = 1.5", "int holds whole numbers only; float64 holds fractions"},
		{"counter == name", "write it as text: strconv.Itoa(counter), or fmt.Sprint(counter)"},
		{"name = ratio", "write it as text: fmt.Sprint(ratio)"},
		{"name = 7", "write it as text: \"7\""},
		{"counter = name", "read it as a number: n, err := strconv.Atoi(name)"},
		{"ratio = name", "read it as a number: x, err := strconv.ParseFloat(name, 64)"},
		{"next = box{}", "take its address: &box{}"},
		{"var b box = next", "take what it points to: *next"},
		{"words = name", "make a slice of it: []string{name}"},
		{"name = words", "take one of its elements, words[0], or in a call all of them, words..."},
		{"var xs []float64 = []int{1}", "slices are converted element by element, in a loop"},
		{"counter = one", "call it: one()"},
		{"var g grower = box{}", "the methods are declared for a pointer: &box{}"},
		{"counter = number", "say what it holds: v, ok := number.(int)"},
		{"bytes_ = name", "convert it: []byte(name)"},
		// conditions and operators
		{"if counter {\n}", "compare it: counter != 0"},
		{"if name {\n}", "compare it: name != \"\""},
		{"if words {\n}", "compare its length: len(words) > 0"},
		{"if next {\n}", "compare it: next != nil"},
		{"words == words", "slices.Equal(words, words) compares the elements"},
		{"ages == ages", "maps.Equal(ages, ages) compares the entries"},
		{"func f() {\n\tcounter == 2\n}", "== compares; assign with counter = 2"},
		{"func f() {\n\tone\n}", "a function is called with parentheses: one()"},
		{"func f() {\n\tcounter + 1\n}", "only the last line of a cell shows its value; else assign it, v := counter + 1, or print it, fmt.Println(counter + 1)"},
		{"func f() {\n\tx := 1\n}", "within a function every variable must be used: use x, or write _ in its place"},
		{"func f() {\n\tcounter := 1\n\tcounter := 2\n\t_ = counter\n}", "all of these variables are there already: assign with ="},
		{"ratio**counter", "powers are computed by math.Pow(x, y), the value behind a pointer is *p"},
		{"boxes[\"a\"].width = 1", "an element of a map cannot be changed in part: take it out, change it, and put it back"},
		// calls and what they return
		{"func f() {\n\tx := pair()\n\t_ = x\n}", "it returns (int, error): x, err := pair()"},
		{"func f() {\n\tx, y := counter, one(), 1\n}", ""},
		{"func f() {\n\tx, y := one()\n}", "it returns one value"},
		{"fmt.Println(pair() + 1)", "it returns (int, error): a, err := pair()"},
		{"func f() {\n\tx := nothing()\n}", "it returns nothing"},
		{"scale(box{})", "it is func scale(b box, by float64) box"},
		{"scale(box{}, 1, 2)", "it is func scale(b box, by float64) box"},
		{"words(1)", "an element is words[i]"},
		{"counter()", "it is a value: counter without parentheses"},
		{"first()", "write the type in brackets behind the function's name: f[int](...)"},
		{"func f(x int) (string, error) {\n\tif x > 0 {\n\t\treturn name, nil\n\t}\n}", "the function returns (string, error): each way through it must end with a return, or a panic"},
		{"func f() {\nagain:\n}", "name: at the beginning of a line is a label, for break, continue and goto; a block stands in braces"},
	} {
		if got := hint(t, from, tt.source); got != tt.want {
			t.Errorf("%s\ngot  %q\nwant %q", tt.source, got, tt.want)
		}
	}
}

// What is not at hand is no fault: a hint does without.
func TestHintsWithoutPackages(t *testing.T) {
	from := libraries{importer.Default()}
	for _, path := range []string{"fmt", "strings", "time"} { // which the cell itself imports
		if _, err := from.Import(path); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ source, want string }{
		{"words.sort()", ""},
		{"rand.Intm(3)", `packages of that name, such as "math/rand", have no Intm`},
	} {
		only := only{from, []string{"fmt", "strings", "time"}}
		if got := hint(t, only, tt.source); got != tt.want {
			t.Errorf("%s\ngot  %q\nwant %q", tt.source, got, tt.want)
		}
	}
}

// only imports none but the packages listed.
type only struct {
	advice.Importer
	paths []string
}

func (o only) Import(path string) (*types.Package, error) {
	if !slices.Contains(o.paths, path) {
		return nil, errors.New("not at hand: " + path)
	}
	return o.Importer.Import(path)
}
