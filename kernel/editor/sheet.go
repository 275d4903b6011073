package editor

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// The files of a sheet. Where two declare the same name, the first one counts.
const (
	declFile    = "a_declarations.go" // the cell's declarations
	stmtFile    = "b_statements.go"   // its statements, in one function
	varFile     = "c_variables.go"    // what its statements define, for its functions
	sessionFile = "d_session.go"      // the session's declarations
)

// placeholder stands at the cursor where no identifier does, so that "x." is an expression whatever
// follows.
const placeholder = "ɛ"

// sheet is a cell while it is written, and the session around it, laid out as the files of one Go
// package. The cell's text keeps every byte where it was, behind a prefix, so that places differ by
// the length of that.
type sheet struct {
	view   *program.View
	layout magic.Layout
	code   string
	cursor int // offset in code
	ident  int // offset of the identifier that ends at the cursor; cursor if there is none

	files   map[string]string
	cursors map[string]int    // by file: offset of code's beginning
	file    string            // where the cursor lies
	at      int               // and its offset there
	found   map[string]string // imports that nothing but a use of the name asks for
	lines   []int             // first line of each of view.Decls in the session file; 0: left out
}

// newSheet lays a cell out. packages are import paths by name, for names that nothing else defines;
// sticky are such imports of earlier sheets, which are kept so that gopls need not load them again.
// The cursor must lie in Go.
func newSheet(view *program.View, layout magic.Layout, code string, cursor int, packages map[string][]string, sticky map[string]string) *sheet {
	s := &sheet{view: view, layout: layout, code: code, cursor: cursor, ident: identStart(code, cursor), files: map[string]string{}, cursors: map[string]int{}, found: map[string]string{}}
	goText := layout.Go
	split := len(goText)
	if layout.Main >= 0 {
		split = layout.Main
	}
	parts := parts(goText[:split])
	if layout.Main >= 0 && strings.TrimSpace(goText[split:]) != "" {
		parts = append(parts, cell.Part{Start: split, End: len(goText)})
	}
	isDecl := false
	decls, stmts := half{text: []byte(magic.Blank(goText))}, half{text: []byte(magic.Blank(goText))}
	var imports []string
	for i, p := range parts {
		text := goText[p.Start:p.End]
		into := &stmts
		if p.Declaration {
			into = &decls
		}
		switch {
		case p.Import:
			imports = append(imports, text)
		case !p.Closed && i+1 < len(parts) && (cursor < p.Start || parts[i+1].Start <= cursor):
			// It is unfinished, is not being written, and would take in what follows.
		default:
			copy(into.text[p.Start:], text)
			if !p.Closed {
				into.end, into.closers = p.End, closers(text)
			}
		}
		if p.Start <= cursor {
			isDecl = p.Declaration && !p.Import && (cursor <= p.End || !p.Closed)
		}
	}
	head := s.head(parts, imports, packages, sticky)
	s.place(declFile, "package main\n"+head, decls, "\n", isDecl)
	s.place(stmtFile, "package main\n"+head+"func ɛrun() {\n", stmts, "\n}\n", !isDecl)
	s.files[varFile] = "package main\n" + head + s.variables(parts, string(decls.text))
	s.files[sessionFile] = s.session(parts)
	return s
}

// half is the cell's text with only its declarations or only its statements in it. The closers of
// an unfinished part are to be inserted at its end; no text that matters follows them.
type half struct {
	text    []byte
	end     int
	closers string
}

// place makes a file of the cell's text, with the placeholder in it if the cursor is there and
// nothing else.
func (s *sheet) place(name, prefix string, h half, suffix string, cursor bool) {
	s.cursors[name] = len(prefix)
	text := string(h.text[:h.end]) + h.closers + string(h.text[h.end:])
	if cursor {
		s.file, s.at = name, len(prefix)+s.cursor
		if r, _ := utf8.DecodeRuneInString(text[s.cursor:]); s.ident == s.cursor && !isIdent(r) {
			text = text[:s.cursor] + placeholder + text[s.cursor:]
		}
	}
	s.files[name] = prefix + text + suffix
}

// declares returns all names that the cell declares: of methods with the receiver's type before
// them.
func (s *sheet) declares(parts []cell.Part, statements bool) map[string]bool {
	all := map[string]bool{}
	for _, p := range parts {
		if p.Import || !p.Declaration && !statements {
			continue
		}
		names, _ := defined(s.layout.Go[p.Start:p.End], p.Declaration)
		for _, n := range names {
			all[n] = true
		}
	}
	return all
}

// head is the import declarations of the sheet's files.
func (s *sheet) head(parts []cell.Part, imports []string, packages map[string][]string, sticky map[string]string) string {
	paths := maps.Clone(s.view.Imports)
	if paths == nil {
		paths = map[string]string{}
	}
	for name := range s.declares(parts, false) {
		delete(paths, name)
	}
	known := map[string]bool{}
	for _, d := range s.view.Decls {
		for _, n := range d.Names {
			known[n] = known[n] || d.Recv == ""
			if d.Recv == "" {
				delete(paths, n)
			}
		}
	}
	var sb strings.Builder
	for _, text := range imports {
		for name, path := range importsIn(text) {
			if name == "." || name == "_" {
				fmt.Fprintf(&sb, "import %s %q\n", name, path)
				continue
			}
			if known[name] {
				continue
			}
			paths[name] = path
		}
	}
	defines := s.declares(parts, true)
	for _, name := range selectedFrom(s.layout.Go) {
		if paths[name] == "" && !known[name] && !defines[name] {
			if found := packages[name]; len(found) > 0 {
				paths[name] = found[0]
				s.found[name] = found[0]
			}
		}
	}
	for name, path := range sticky {
		if paths[name] == "" && !known[name] && !defines[name] {
			paths[name] = path
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.view.Dots)) {
		fmt.Fprintf(&sb, "import . %q\n", path)
	}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(&sb, "import %s %q\n", name, paths[name])
	}
	return sb.String()
}

// variables declares, for the cell's functions, what its statements define with :=. One that is
// made of its own former value is not among them: the session's is meant then.
func (s *sheet) variables(parts []cell.Part, decls string) string {
	var sb strings.Builder
	seen := map[string]bool{}
	for _, p := range parts {
		text := s.layout.Go[p.Start:p.End]
		if p.Declaration || !p.Closed || p.Start <= s.cursor && s.cursor <= p.End {
			continue
		}
		names, values := defined(text, false)
		needed, again := false, false
		for _, n := range names {
			word := regexp.MustCompile(`\b` + regexp.QuoteMeta(n) + `\b`)
			needed = needed || n != "_" && !seen[n] && word.MatchString(decls)
			again = again || word.MatchString(text[values:])
		}
		if !needed || again {
			continue
		}
		for i, n := range names {
			if seen[n] {
				names[i] = "_"
			}
			seen[n] = n != "_"
		}
		fmt.Fprintf(&sb, "var %s = %s\n", strings.Join(names, ", "), text[values:])
	}
	return sb.String()
}

// session writes the session's declarations, without those that the cell declares anew.
func (s *sheet) session(parts []cell.Part) string {
	hidden := s.declares(parts, false)
	for _, line := range strings.Split(s.files[varFile], "\n") {
		if names, ok := strings.CutPrefix(line, "var "); ok {
			names, _, _ = strings.Cut(names, " =")
			for _, n := range strings.Split(names, ", ") {
				hidden[n] = true
			}
		}
	}
	imports := map[string]string{}
	taken := map[string]bool{}
	for _, d := range s.view.Decls {
		for _, n := range d.Names {
			taken[n] = taken[n] || d.Recv == ""
		}
	}
	for n, path := range s.view.Imports {
		if !taken[n] {
			imports[n] = path
		}
	}
	var body strings.Builder
	s.lines = make([]int, len(s.view.Decls))
	newlines := 0
	for i, d := range s.view.Decls {
		key := d.Names[0]
		if d.Recv != "" {
			key = d.Recv + "." + key
		}
		if hidden[key] {
			continue
		}
		for name, path := range d.Imports {
			imports[name] = path
		}
		text := d.Doc + d.Text + "\n"
		s.lines[i] = newlines + 1
		newlines += strings.Count(text, "\n")
		body.WriteString(text)
	}
	var head strings.Builder
	head.WriteString("package main\n")
	for _, path := range slices.Sorted(maps.Keys(s.view.Dots)) {
		fmt.Fprintf(&head, "import . %q\n", path)
	}
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&head, "import %s %q\n", name, imports[name])
	}
	lines := strings.Count(head.String(), "\n")
	for i := range s.lines {
		if s.lines[i] > 0 {
			s.lines[i] += lines
		}
	}
	return head.String() + body.String()
}

// declaredAt returns the session's declaration at a line (from 1) of the session file; nil if there
// is none.
func (s *sheet) declaredAt(line int) *program.Declared {
	best := -1
	for i, l := range s.lines {
		if l > 0 && l <= line && (best < 0 || l > s.lines[best]) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return &s.view.Decls[best]
}
