package engine

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/editor"
	"github.com/gonbml/gonbml/kernel/editor/gopls"
	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// editing answers editors, and questions that cells ask.
type editing struct {
	session *session
	editor  *editor.Editor
	gopls   *gopls.Server

	// mu guards the view of the version of the program that was looked at last.
	mu      sync.Mutex
	program *program.Program
	view    *program.View
}

func newEditing(s *session) *editing {
	server := gopls.New(gopls.Options{
		Program:   func() string { return gopls.Find(s.builder.CacheDir()) },
		Dir:       filepath.Join(s.tempDir, "editor"),
		Workspace: func() (gopls.Workspace, error) { return workspace(s.builder) },
	})
	return &editing{session: s, gopls: server, editor: editor.New(packages{library{s.builder}}, server)}
}

// shown is the session as editors see it: as the main lane's next cell will find it. It waits for no run.
func (e *editing) shown() editor.Session {
	p := e.session.next("")
	e.mu.Lock()
	if e.program != p {
		e.program, e.view = p, p.View()
	}
	view := e.view
	e.mu.Unlock()
	dir, env := e.session.place.now()
	return editor.Session{View: view, Dir: dir, Env: env}
}

// complete says what could stand at the cursor.
func (e *editing) complete(ctx context.Context, code string, cursor int) exec.Completions {
	return e.editor.Complete(ctx, e.shown(), code, cursor)
}

// inspect says what stands at the cursor.
func (e *editing) inspect(ctx context.Context, code string, cursor, detail int) exec.Inspection {
	return e.editor.Inspect(ctx, e.shown(), code, cursor, detail)
}

// answer shows what an editor would tell of an expression's end.
func (e *editing) answer(ctx context.Context, q magic.Question, out exec.Output) *exec.Failure {
	found := e.inspect(ctx, q.About, utf8.RuneCountInString(q.About), q.Detail)
	if !found.Found {
		return words.Failure(exec.CommandError, fmt.Sprintf("%s? Nothing is known of it. Expected the name of something in this session or in a package", q.About))
	}
	if pager, ok := out.(exec.Pager); ok {
		pager.Page(found.Data)
	} else {
		out.Display(exec.Display{Data: found.Data})
	}
	return nil
}

// packages gives the editor access to those of the builder's packages that need no go command: text that is being written
// must neither fetch modules nor make cells wait.
type packages struct{ library }

func (p packages) Need(path string) error {
	if !p.b.Known(path) {
		return fmt.Errorf("package %s is not known yet", path)
	}
	return nil
}

func (p packages) Export(path string) (io.ReadCloser, error) { return p.b.Peek(path) }

func (p packages) Names() map[string][]string { return p.b.PackageNames() }

// workspace is what gopls has to know of the session's module.
func workspace(b *build.Builder) (gopls.Workspace, error) {
	mod, sum, err := b.ModuleFiles()
	env := b.Env()
	path := filepath.Join(b.GoRoot(), "bin")
	for _, kv := range env {
		if rest, ok := strings.CutPrefix(kv, "PATH="); ok {
			path = filepath.Join(b.GoRoot(), "bin") + string(filepath.ListSeparator) + rest
		}
	}
	// gopls finds the go command in PATH. Paths of modules that are being written are not looked up in the network.
	return gopls.Workspace{Mod: mod, Sum: sum, Env: append(env, "PATH="+path, "GOPROXY=off")}, err
}
