// Package editor answers two questions while a cell is being written: what could stand at the
// cursor, and what does stand there. It owns the sheet, which is the cell laid out together with
// the session as one Go package, and the form of the answers. It knows nothing about Jupyter, or
// about how cells run.
//
// There are three sources of answers, each used if the one before it does not answer in time. gopls
// (package gopls) knows the documentation of libraries, but takes seconds to start, and is another
// program, which may be missing or break. The type checker, on the same sheet, knows all names and
// types within milliseconds. And the session's text provides its names at once. None of the three
// waits for a cell: they work on a Session, which never changes.
package editor

import (
	"context"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/editor/position"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// Session is what there is to know about a session at one moment.
type Session struct {
	View *program.View
	// Dir is the folder in which cells run; Env is the environment of commands.
	Dir string
	Env []string
}

// Server is a language server: gopls.Server.
type Server interface {
	// Complete and Hover answer for a place in one of the files. Together the files make up the
	// package.
	Complete(ctx context.Context, files map[string]string, file string, offset int) ([]exec.Completion, error)
	Hover(ctx context.Context, files map[string]string, file string, offset int) (markdown string, err error)
	// Signature returns the signature of the call around a place, the parameter at that place, and
	// the function's documentation.
	Signature(ctx context.Context, files map[string]string, file string, offset int) (label, parameter, doc string, err error)
	// Definition returns the declaration of what stands at a place, as its source has it, and the
	// name of the file where that is. ok is false if it is in one of the given files.
	Definition(ctx context.Context, files map[string]string, file string, offset int) (source, where string, ok bool, err error)
}

// Editor answers questions about the cells of one session. Its methods may be called from several
// goroutines. Each question is answered within its time limit, whatever happens to others; one that
// takes longer goes on in a goroutine of its own until it has an answer, which is dropped.
type Editor struct {
	packages Packages
	server   Server
	limits   limits

	// mu is held while the checker works.
	mu      sync.Mutex
	checker *checker

	// stickyMu guards sticky: the imports that sheets have found. It is replaced, not changed.
	stickyMu sync.Mutex
	sticky   map[string]string
}

// stickyMost is how many imports sheets keep.
const stickyMost = 40

// sheet lays a cell out.
func (e *Editor) sheet(s Session, layout magic.Layout, code string, at int) *sheet {
	e.stickyMu.Lock()
	sticky := e.sticky
	e.stickyMu.Unlock()
	sheet := newSheet(s.View, layout, code, at, e.packages.Names(), sticky)
	kept := maps.Clone(sheet.found)
	for name, path := range sticky {
		if _, again := kept[name]; !again && len(kept) < stickyMost {
			kept[name] = path
		}
	}
	e.stickyMu.Lock()
	e.sticky = kept
	e.stickyMu.Unlock()
	return sheet
}

// New returns an Editor. The server may be nil.
func New(packages Packages, server Server) *Editor {
	return &Editor{packages: packages, server: server, limits: usual, checker: newChecker(packages)}
}

// limits say how long parts of an answer may take.
type limits struct {
	server   time.Duration // gopls, before the type checker is asked; twice that at an inspection
	complete time.Duration
	inspect  time.Duration
}

var usual = limits{server: 250 * time.Millisecond, complete: 480 * time.Millisecond, inspect: 950 * time.Millisecond}

// Complete implements exec.Engine's method of that name for a session.
func (e *Editor) Complete(ctx context.Context, s Session, code string, cursor int) exec.Completions {
	at := position.Bytes(code, cursor)
	layout := magic.LayoutOf(code)
	found := func(items []exec.Completion, start int) exec.Completions {
		return exec.Completions{Start: position.Points(code, start), End: position.Points(code, at), Items: items}
	}
	if c, ok := commandAt(layout, at); ok {
		items, start := completeCommand(s, code[c.Start:at], strings.TrimSpace(code[:c.Start]) == "")
		return found(items, c.Start+start)
	}
	where, start := spotAt(layout.Go, at)
	if layout.Whole || where == inText {
		return found(nil, at)
	}
	ident := identStart(code, at)
	if where == inImport {
		ident = start
	}
	ctx, cancel := context.WithTimeout(ctx, e.limits.complete)
	defer cancel()
	answer := make(chan []exec.Completion, 1)
	go func() {
		defer close(answer)
		defer e.survive()
		if where == inImport {
			answer <- importPaths(e.packages.Names(), code[start:at])
			return
		}
		answer <- e.complete(ctx, e.sheet(s, layout, code, at))
	}()
	select {
	case items, ok := <-answer:
		if ok {
			return found(items, ident)
		}
	case <-ctx.Done():
	}
	if where == inImport || ident > 0 && code[ident-1] == '.' {
		return found(nil, ident)
	}
	return found(sessionNames(s, code[ident:at]), ident)
}

// survive is deferred by whoever works on an answer. Text that is being written is odd, and has
// made type checkers panic: that costs the answer, and the kernel goes on.
func (e *Editor) survive() {
	if recover() != nil {
		e.mu.Lock()
		e.checker = newChecker(e.packages)
		e.mu.Unlock()
	}
}

// complete asks gopls, and then the type checker.
func (e *Editor) complete(ctx context.Context, s *sheet) []exec.Completion {
	if e.server != nil {
		limited, cancel := context.WithTimeout(ctx, e.limits.server)
		items, err := e.server.Complete(limited, s.files, s.file, s.at)
		cancel()
		if items = fitting(items, s.code[s.ident:s.cursor]); err == nil && len(items) > 0 {
			return e.withPackages(s, items)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.checker.check(s).complete(e.packages.Names())
}

// withPackages adds to gopls's candidates the packages that are imported when a cell names them.
func (e *Editor) withPackages(s *sheet, items []exec.Completion) []exec.Completion {
	l := &list{prefix: s.code[s.ident:s.cursor], seen: map[string]bool{}, items: items}
	if before := strings.TrimRight(s.code[:s.ident], " \t\n"); strings.HasSuffix(before, ".") || len(l.prefix) < 2 {
		return items
	}
	for _, item := range items {
		l.seen[item.Text] = true
	}
	l.packages(e.packages.Names())
	return l.items
}

// fitting returns the candidates that begin with the prefix and are not ours.
func fitting(items []exec.Completion, prefix string) (kept []exec.Completion) {
	for _, item := range items {
		if hasPrefixFold(item.Text, prefix) && !generated(item.Text) {
			item.Detail, item.Doc = userText(item.Detail), userText(item.Doc)
			kept = append(kept, item)
		}
	}
	return kept
}

// Inspect implements exec.Engine's method of that name for a session.
func (e *Editor) Inspect(ctx context.Context, s Session, code string, cursor, detail int) exec.Inspection {
	at := position.Bytes(code, cursor)
	layout := magic.LayoutOf(code)
	if c, ok := commandAt(layout, at); ok {
		return bundle(inspectCommand(code[c.Start:c.End]))
	}
	where, _ := spotAt(layout.Go, at)
	if layout.Whole || where == inImport {
		return exec.Inspection{}
	}
	ctx, cancel := context.WithTimeout(ctx, e.limits.inspect)
	defer cancel()
	answers := make(chan []answer, 1)
	go func() {
		defer close(answers)
		defer e.survive()
		answers <- e.inspect(ctx, e.sheet(s, layout, code, at), detail)
	}()
	select {
	case a, ok := <-answers:
		if ok {
			return bundle(a)
		}
	case <-ctx.Done():
	}
	return bundle(fromText(s, code[identStart(code, at):identEnd(code, at)], detail))
}

// inspect tells what the type checker knows, with what gopls knows of the documentation.
func (e *Editor) inspect(ctx context.Context, s *sheet, detail int) []answer {
	answers, named := e.fromTypes(s, detail)
	if e.server == nil {
		return answers
	}
	ctx, cancel := context.WithTimeout(ctx, 2*e.limits.server)
	defer cancel()
	return e.enrich(ctx, s, answers, named, detail)
}

// fromTypes tells what the type checker knows; named says that the first answer is about the
// identifier at the cursor.
func (e *Editor) fromTypes(s *sheet, detail int) (answers []answer, named bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	cs := e.checker.check(s)
	o := cs.object()
	return cs.inspect(detail), o != nil && !generated(o.Name())
}

// fromText tells of a name of the session from its text alone.
func fromText(s Session, name string, detail int) []answer {
	if s.View == nil || name == "" {
		return nil
	}
	for _, d := range s.View.Decls {
		for _, n := range d.Names {
			if n == name && d.Recv == "" {
				a := answer{code: strings.TrimSuffix(d.Text, " { panic(0) }"), doc: plainComment(d.Doc)}
				if detail > 0 {
					a.source = d.Source
				}
				return []answer{a}
			}
		}
	}
	return nil
}

// commandAt returns the % or ! line in which an offset lies.
func commandAt(l magic.Layout, at int) (magic.Span, bool) {
	for _, c := range l.Commands {
		if c.Start <= at && at <= c.End {
			return c, true
		}
	}
	return magic.Span{}, false
}
