package command

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

// runCommand runs a command line and returns its exit status and what it said.
func runCommand(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = run(args, &environment{stdout: &out, stderr: &err, newEngine: noEngine})
	return status, out.String(), err.String()
}

func noEngine(context.Context, string, func(string)) (exec.Engine, error) {
	return nil, errors.New("these tests run no cells")
}

func TestWrongInputGivesOneClearLine(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const ports = `"shell_port":1,"iopub_port":1,"stdin_port":1,"control_port":1,"hb_port":1`
	for name, c := range map[string]struct {
		args   string
		status int
		want   string
	}{
		"unknown command":         {"instal", 2, `unknown command "instal". Did you mean "install"?`},
		"very unknown command":    {"frobnicate", 2, `unknown command "frobnicate"`},
		"unknown flag":            {"install --nme x", 2, "unknown flag: --nme"},
		"unknown root flag":       {"--what", 2, "unknown flag: --what"},
		"flag without value":      {"install --name", 2, "flag needs an argument: --name"},
		"bad boolean":             {"install --user=perhaps", 2, `invalid argument "perhaps"`},
		"two places":              {"install --user --sys-prefix", 2, "only one of --user, --prefix and --sys-prefix"},
		"bad name":                {"install --name a/b --prefix " + dir, 2, `--name: expected letters, digits, dots, dashes or underscores, got "a/b"`},
		"name of dots":            {"uninstall --name .. --prefix " + dir, 2, "--name: expected letters"},
		"argument of install":     {"install here", 2, `unexpected argument "here"`},
		"argument of version":     {"version x", 2, `unexpected argument "x"`},
		"nothing to uninstall":    {"uninstall --prefix " + dir, 1, "there is no kernelspec in " + dir},
		"no connection file":      {"kernel", 2, "CONNECTION_FILE is missing"},
		"two connection files":    {"kernel a b", 2, `unexpected argument "b"`},
		"unknown log level":       {"kernel --log loud x", 2, `--log: expected debug, info, warn or error, got "loud"`},
		"missing connection file": {"kernel " + dir + "/none.json", 1, "none.json does not exist"},
		"folder for a file":       {"kernel " + dir, 1, "is a directory"},
		"broken connection file":  {"kernel " + write("broken.json", "{\n\n"), 1, "broken.json: expected a JSON object"},
		"incomplete file":         {"kernel " + write("part.json", `{"shell_port":1}`), 1, `part.json: field "iopub_port" is missing`},
		"unknown transport":       {"kernel " + write("udp.json", `{"transport":"udp",`+ports+`}`), 1, `"transport": expected "tcp" or "ipc", got "udp"`},
		"address of another":      {"kernel " + write("far.json", `{"ip":"192.0.2.1",`+ports+`}`), 1, "open the shell socket"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := runCommand(strings.Fields(c.args)...)
			if status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			if stdout != "" {
				t.Errorf("standard output: %q", stdout)
			}
			if strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n") || !strings.HasPrefix(stderr, "gonbml: ") {
				t.Errorf("expected one line, got %q", stderr)
			}
			if !strings.Contains(stderr, c.want) {
				t.Errorf("got %q, want %q in it", stderr, c.want)
			}
		})
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{nil, {"--help"}, {"help"}} {
		status, stdout, stderr := runCommand(args...)
		if status != 0 || stderr != "" || !strings.Contains(stdout, "install") {
			t.Errorf("%v: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
	status, stdout, _ := runCommand("version")
	if status != 0 || !strings.HasPrefix(stdout, "gonbml ") || !strings.Contains(stdout, "\ngo     go1.") || !strings.Contains(stdout, "\ncommit ") {
		t.Errorf("version: status %d, %q", status, stdout)
	}
}
