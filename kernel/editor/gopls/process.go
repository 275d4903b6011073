package gopls

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// process is one gopls that runs.
type process struct {
	cmd  *exec.Cmd
	conn *conn
	dir  string
	hang time.Duration
	done chan struct{} // closed when the process has ended

	// turn holds a value while a question is being worked on: gopls gets one after the other.
	// givenUp says that its asker has gone, so that nobody else need wait either.
	turn    chan struct{}
	givenUp atomic.Bool

	// The fields below belong to whoever has the turn.
	workspace Workspace
	files     map[string]string // as gopls knows them
	version   int
	measured  time.Time
}

// startLimit is how long gopls may take to say that it is there; loading packages comes later.
const startLimit = 20 * time.Second

// startProcess starts gopls and waits until it is there. The end of quit ends the wait, and with it
// the process.
func startProcess(program, dir string, w Workspace, hang time.Duration, quit <-chan struct{}) (*process, error) {
	cmd := exec.Command(program, "serve")
	cmd.Dir, cmd.Env = dir, append(environment(w), "PWD="+dir)
	cmd.SysProcAttr = processAttributes()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, conn: newConn(in), dir: dir, hang: hang, done: make(chan struct{}), turn: make(chan struct{}, 1), workspace: w, files: map[string]string{}, measured: time.Now()}
	started := make(chan error)
	go func() {
		// Linux ends the process when the thread ends that started it (see processAttributes), so
		// this goroutine keeps its thread.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.conn.read(out)
		p.kill() // it does not speak any more: whatever it does, it is of no use
		_ = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start gopls: %w", err)
	}
	if err := p.initialize(quit); err != nil {
		p.kill()
		<-p.done
		return nil, fmt.Errorf("start gopls: %w", err)
	}
	return p, nil
}

// initialize exchanges what both sides can do.
func (p *process) initialize(quit <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	markdown := []string{"markdown"}
	params := map[string]any{
		"processId": os.Getpid(),
		"rootUri":   uri(p.dir),
		"capabilities": map[string]any{
			"textDocument": map[string]any{
				"completion":    map[string]any{"completionItem": map[string]any{"documentationFormat": markdown}},
				"hover":         map[string]any{"contentFormat": markdown},
				"signatureHelp": map[string]any{"signatureInformation": map[string]any{"documentationFormat": markdown, "activeParameterSupport": true}},
			},
		},
		"initializationOptions": map[string]any{
			"matcher": "CaseInsensitive", "completeUnimported": false, "deepCompletion": false, "usePlaceholders": false,
			"experimentalPostfixCompletions": false, "completionBudget": "200ms",
			"hoverKind": "FullDocumentation", "linksInHover": false,
			"diagnosticsTrigger": "Save", "vulncheck": "Off", "semanticTokens": false, "templateExtensions": []string{},
		},
	}
	answer := p.conn.call("initialize", params)
	select {
	case r := <-answer:
		if r.err != nil {
			return r.err
		}
	case <-quit:
		return errors.New("it is not needed any more")
	case <-ctx.Done():
		return fmt.Errorf("it did not answer within %v", startLimit)
	}
	return p.conn.notify("initialized", struct{}{})
}

// take waits for the turn.
func (p *process) take(ctx context.Context) error {
	if p.givenUp.Load() {
		return ErrNotReady
	}
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ErrNotReady
	}
}

func (p *process) release() { <-p.turn }

// update tells gopls what has changed. The caller has the turn.
func (p *process) update(w Workspace, files map[string]string) error {
	if !bytes.Equal(w.Mod, p.workspace.Mod) || !bytes.Equal(w.Sum, p.workspace.Sum) {
		if err := w.write(p.dir); err != nil {
			return err
		}
		p.workspace = w
		var changes []map[string]any
		for _, name := range []string{"go.mod", "go.sum"} {
			changes = append(changes, map[string]any{"uri": uri(filepath.Join(p.dir, name)), "type": 2})
		}
		if err := p.conn.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": changes}); err != nil {
			return err
		}
	}
	for name, text := range files {
		old, known := p.files[name]
		if known && old == text {
			continue
		}
		p.version++
		file := filepath.Join(p.dir, name)
		var err error
		if !known {
			if err = os.WriteFile(file, []byte(text), 0o600); err != nil {
				return err
			}
			err = p.conn.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri(file), "languageId": "go", "version": p.version, "text": text}})
		} else {
			err = p.conn.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": uri(file), "version": p.version},
				"contentChanges": []any{map[string]any{"text": text}}})
		}
		if err != nil {
			return err
		}
		p.files[name] = text
	}
	return nil
}

// tooLarge says whether the process takes too much memory. The caller has the turn.
func (p *process) tooLarge() bool {
	if time.Since(p.measured) < memoryPeriod {
		return false
	}
	p.measured = time.Now()
	return memory(p.cmd.Process.Pid) > memoryMost
}

// kill ends the process and the go commands that it has started.
func (p *process) kill() {
	// An error means that it has ended already.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
}

func uri(path string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}
