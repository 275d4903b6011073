package program

import (
	"go/ast"
	"go/types"
	"strings"
)

// Running a cell again repeats its registrations in the process, and libraries panic at the second one of a name. What can
// take the place of the first one soundly does; for the rest package engine has advice.

// flagNames holds the functions of package flag that define a flag, with the number of the argument that is its name.
var flagNames = map[string]int{}

func init() {
	for _, kind := range []string{"Bool", "Duration", "Float64", "Int", "Int64", "String", "Uint", "Uint64"} {
		flagNames[kind], flagNames[kind+"Var"] = 0, 1
	}
	flagNames["BoolFunc"], flagNames["Func"], flagNames["TextVar"], flagNames["Var"] = 0, 0, 1, 1
}

// registrations holds what calls become, by package and function; P stands for the package's name in the cell. A handler
// is registered once and looks up what it stands for; a published number is used again, and starts anew.
var registrations = map[string]string{
	"net/http.Handle":     `(func(ɛp ƐƐR.B_string, ɛh P.Handler) { ` + handle + ` })`,
	"net/http.HandleFunc": `(func(ɛp ƐƐR.B_string, ɛf func(P.ResponseWriter, *P.Request)) { ɛh := P.HandlerFunc(ɛf); ` + handle + ` })`,
	"expvar.NewInt":       published("Int", "Set(0)"),
	"expvar.NewFloat":     published("Float", "Set(0)"),
	"expvar.NewString":    published("String", `Set("")`),
	"expvar.NewMap":       published("Map", "Init()"),
	// These are no registrations of names: an interrupt must know of them.
	"os/signal.Notify":        `ƐƐR.Listening(P.Notify)`,
	"os/signal.NotifyContext": `ƐƐR.Listening(P.NotifyContext)`,
}

const handle = `ɛo, ɛn := ƐƐu.Pointer(P.DefaultServeMux), "net/http "+ɛp; ` +
	`if ɛb, ɛok := ƐƐR.Kept(ɛo, ɛn); ɛok { ɛb.Set(ɛh); return }; ɛb := ƐƐR.NewBox(ɛh); ` +
	`P.Handle(ɛp, P.HandlerFunc(func(ɛw P.ResponseWriter, ɛr *P.Request) { ɛb.Get().(P.Handler).ServeHTTP(ɛw, ɛr) })); ƐƐR.Keep(ɛo, ɛn, ɛb)`

func published(kind, reset string) string {
	return strings.NewReplacer("KIND", kind, "RESET", reset).Replace(`(func(ɛp ƐƐR.B_string) *P.KIND { ɛn := "expvar "+ɛp; ` +
		`if ɛb, ɛok := ƐƐR.Kept(ƐƐR.NoOwner, ɛn); ɛok { if ɛv, ɛok := ɛb.Get().(*P.KIND); ɛok { ɛv.RESET; return ɛv } }; ` +
		`ɛv := P.NewKIND(ɛp); ƐƐR.Keep(ƐƐR.NoOwner, ɛn, ƐƐR.NewBox(ɛv)); return ɛv })`)
}

// registering lets a call that registers something under a name be made again.
func (e *emitter) registering(n *ast.CallExpr) {
	s, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return
	}
	p, ok := e.ck.info.Uses[x].(*types.PkgName)
	if !ok {
		return
	}
	path := p.Imported().Path()
	if i, ok := flagNames[s.Sel.Name]; ok && path == "flag" {
		if i < len(n.Args) { // else the arguments are another call's results
			e.ed.wrap(n.Args[i].Pos(), n.Args[i].End(), "ƐƐR.Flag(", ")")
		}
		return
	}
	if text, ok := registrations[path+"."+s.Sel.Name]; ok && len(n.Args) > 0 {
		e.imports[x.Name] = path
		e.ed.replace(s.Pos(), s.End(), strings.ReplaceAll(text, "P.", x.Name+"."))
		e.skip[s] = true
	}
}
