package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/program"
)

// The names under which a WebAssembly program knows where it is, as in GoNB, and the variables that tell shell lines.
const (
	wasmDirName, wasmURLName, wasmDivName = "GonbWasmDir", "GonbWasmUrl", "GonbWasmDivId"
	wasmDirEnv, wasmURLEnv                = "GONB_WASM_DIR", "GONB_WASM_URL"
)

//go:embed wasm.html
var wasmPage string

var wasmTemplate = template.Must(template.New("wasm").Parse(wasmPage))

// wasmPlace is where %wasm puts its files.
type wasmPlace struct {
	root string // the folder that a Jupyter server serves files from; "" without a server
	dir  string // "" before the first
	url  string // the path under which a Jupyter server serves them; "" without a server
}

// ensure makes the folder that %wasm puts its files into: below the root of the Jupyter server,
// which serves it, or, without a server, in the session's temporary folder.
func (at *wasmPlace) ensure(ctx context.Context, s *session) *exec.Failure {
	if at.dir == "" {
		id := strings.ToLower(rand.Text())
		dir, url := filepath.Join(s.tempDir, "wasm"), ""
		if root := at.root; root != "" {
			dir, url = filepath.Join(root, "jupyter_files", id), path.Join("/files/jupyter_files", id)
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%wasm: make the folder for its files: %v", err))
		}
		at.dir, at.url = dir, url
	}
	for name, value := range map[string]string{wasmDirEnv: at.dir, wasmURLEnv: at.url} {
		if value != "" && s.place.has(name, value) {
			continue
		}
		if err := s.setenv(ctx, name, value); err != nil {
			return words.Failure(exec.CommandError, fmt.Sprintf("%%env %s: %v", name, err))
		}
	}
	return nil
}

// wasm compiles the cell and what it uses of the session to WebAssembly, and shows a page that runs it. The cell is not
// run here and adds nothing to the session. The caller holds the turn: the folder that it is compiled in is the session's.
func (r *run) wasm(ctx context.Context, at wasmPlace) *exec.Failure {
	c, err := r.parse()
	if err != nil {
		return r.words().Text(err)
	}
	div := "gonb_wasm_" + strings.ToLower(rand.Text())
	text, _, err := r.session.now().Standalone(program.Standalone{Cell: c, Constants: map[string]string{
		wasmDirName: at.dir, wasmURLName: at.url, wasmDivName: div,
	}})
	if err != nil {
		return words.Failure(exec.CommandError, "%wasm: "+err.Error())
	}
	dir := filepath.Join(r.session.builder.ModDir(), "cellwasm")
	defer os.RemoveAll(dir)
	if err := writeFiles(dir, map[string][]byte{"session.go": text}); err != nil {
		return words.Failure(exec.CommandError, "%wasm: "+err.Error())
	}
	// A name of its own for each run: browsers keep what they have fetched.
	name := "gonb_cell_" + div[len("gonb_wasm_"):] + ".wasm"
	binary := filepath.Join(at.dir, name)
	env := []string{"GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOEXPERIMENT="}
	if f := r.session.goBuild(ctx, "%wasm", []string{"build", "-ldflags=-s -w", "-o", binary, "."}, dir, env); f != nil {
		return f
	}
	support, err := os.ReadFile(filepath.Join(r.session.builder.GoRoot(), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("%%wasm: expected Go's own support for browsers. Got: %v. A full Go distribution has it", err))
	}
	if err := os.WriteFile(filepath.Join(at.dir, "wasm_exec.js"), support, 0o644); err != nil {
		return words.Failure(exec.CommandError, "%wasm: "+err.Error())
	}
	page, err := at.html(r.args, div, name, string(support))
	if err != nil {
		return words.Failure(exec.CommandError, "%wasm: "+err.Error())
	}
	r.out.Display(exec.Display{Data: exec.Bundle{"text/html": page, "text/plain": "a WebAssembly program, which a browser runs: " + binary}})
	return nil
}

// html is the page that runs the program. Where no server has the files they are part of the page.
func (at wasmPlace) html(args []string, div, name, support string) (string, error) {
	data := struct {
		Div, URL, Support, Program string
		Args                       []string
	}{Div: div, Args: append([]string{"js"}, args...)}
	if at.url != "" {
		data.URL, data.Support = path.Join(at.url, name), path.Join(at.url, "wasm_exec.js")
	} else {
		raw, err := os.ReadFile(filepath.Join(at.dir, name))
		if err != nil {
			return "", err
		}
		data.Program, data.Support = base64.StdEncoding.EncodeToString(raw), "data:text/javascript;base64,"+base64.StdEncoding.EncodeToString([]byte(support))
	}
	config, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	var page bytes.Buffer
	err = wasmTemplate.Execute(&page, struct {
		Div    string
		Config template.JS
	}{div, template.JS(config)})
	return page.String(), err
}
