package build

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

const (
	gonbuiHook  = "GonbmlHook"
	gonbuiOwner = "GonbmlOwner"
	gonbuiComms = "gonbui/comms/comms.go"
)

// hookGonbui makes gonbui call the worker directly. gonbui sends everything through a named pipe, written for a kernel in
// another process; in the worker, which both writes and reads that pipe, text printed after a picture could overtake it.
// So workers and cells are built with a copy of GoNB's module, of the version that the session selects, that has one line
// more at the head of gonbui's SendData: a function of the worker takes the message at once, in the goroutine that sends
// it. Values that the page sends go the other way through hookComms. The go.mod in dir then names the copy. It returns false if this version of gonbui has no SendData of the known
// form; then the named pipe alone serves.
func (b *Builder) hookGonbui(ctx context.Context, dir string) (bool, error) {
	out, err := run(b.tools.command(ctx, b.opts.Env, dir, "list", "-f", "{{.Module.Version}}\t{{.Module.Dir}}", gonbuiPackage), "go list "+gonbuiPackage)
	if err != nil {
		return false, explainBuild(err)
	}
	version, from, _ := strings.Cut(strings.TrimSpace(string(out)), "\t")
	const file = "gonbui/gonbui.go"
	text, err := os.ReadFile(filepath.Join(from, file))
	if err != nil {
		return false, err
	}
	if strings.Contains(string(text), "var "+gonbuiHook) {
		return true, nil // it is such a copy already, of a state that was completed before
	}
	const head = "func SendData(data *protocol.DisplayData) {\n"
	before, after, ok := strings.Cut(string(text), head)
	if !ok {
		return false, nil
	}
	changed := before +
		"// " + gonbuiHook + " takes a message before it is sent and says whether that was all there is to do.\n" +
		"var " + gonbuiHook + " func(*protocol.DisplayData) bool\n\n" +
		"// " + gonbuiOwner + " returns what runs a callback on behalf of the caller's cell, one call after another.\n" +
		"var " + gonbuiOwner + " func() func(func())\n\n" +
		head + "\tif " + gonbuiHook + " != nil && " + gonbuiHook + "(data) {\n\t\treturn\n\t}\n" + after
	changes := map[string][]byte{file: []byte(changed)}
	if text, err := os.ReadFile(filepath.Join(from, gonbuiComms)); err == nil {
		changes[gonbuiComms] = []byte(hookComms(string(text)))
	}
	to := filepath.Join(b.opts.CacheDir, "src", "gonb-"+version+"-2")
	if err := copyModule(from, to, changes); err != nil {
		return false, fmt.Errorf("copy %s: %w", gonbModule, err)
	}
	state, err := (&module{dir: dir}).state()
	if err != nil {
		return false, err
	}
	f, err := modfile.Parse("go.mod", []byte(state.mod), nil)
	if err != nil {
		return false, err
	}
	if err := f.AddReplace(gonbModule, version, to, ""); err != nil {
		return false, err
	}
	data, err := f.Format()
	if err != nil {
		return false, err
	}
	return true, writeFile(filepath.Join(dir, "go.mod"), data, 0o600)
}

// hookComms makes callbacks of gonbui/comms run on behalf of the cell that subscribed, in the order in which the values
// came, where gonbui starts a goroutine for each value; and makes a value that nobody waits for any more release the lock
// that gonbui goes on holding then. Text that is not as expected stays as it is.
func hookComms(text string) string {
	for _, change := range [][2]string{
		{"\tsubscriptions[address] = append(\n", "\tif gonbui." + gonbuiOwner + " != nil {\n\t\trun, inner := gonbui." + gonbuiOwner + "(), fn\n" +
			"\t\tfn = func(address string, value any) { run(func() { inner(address, value) }) }\n\t}\n\tsubscriptions[address] = append(\n"},
		{"\t\tgo s.callback(address, value)\n", "\t\tif gonbui." + gonbuiOwner + " != nil {\n\t\t\ts.callback(address, value)\n\t\t\tcontinue\n\t\t}\n\t\tgo s.callback(address, value)\n"},
		{"\tif !found {\n", "\tif !found {\n\t\tmuSubscriptions.Unlock()\n"},
	} {
		if strings.Count(text, change[0]) == 1 {
			text = strings.Replace(text, change[0], change[1], 1)
		}
	}
	return text
}

// copyModule copies what building a module needs, with some files' contents replaced, and puts it in place whole.
func copyModule(from, to string, replaced map[string][]byte) error {
	if _, err := os.Stat(to); err == nil {
		use(to)
		return nil
	}
	tmp, err := os.MkdirTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // does nothing after the rename
	err = fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if unneeded[name] {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		data, ok := replaced[name]
		if !ok {
			if data, err = os.ReadFile(filepath.Join(from, name)); err != nil {
				return err
			}
		}
		return writeFile(filepath.Join(tmp, name), data, 0o600)
	})
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, to); err != nil {
		if _, statErr := os.Stat(to); statErr != nil {
			return err
		}
	}
	return nil
}

// unneeded are GoNB's folders without packages for cells.
var unneeded = map[string]bool{"binder": true, "cmd": true, "docs": true, "examples": true, "internal/nbtests": true}
