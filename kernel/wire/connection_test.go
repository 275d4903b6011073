package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// connectionText is a connection file as Jupyter writes it.
const connectionText = `{
  "shell_port": 53001, "iopub_port": 53002, "stdin_port": 53003, "control_port": 53004, "hb_port": 53005,
  "ip": "127.0.0.1", "key": "a0436f6c-1916-498b-8eb9-e81ab9368e84", "transport": "tcp",
  "signature_scheme": "hmac-sha256", "kernel_name": "gonbml", "jupyter_session": "x.ipynb"
}`

func TestReadConnection(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kernel.json")
	if err := os.WriteFile(file, []byte(connectionText), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadConnection(file)
	want := Connection{
		Transport: "tcp", IP: "127.0.0.1", ShellPort: 53001, IOPubPort: 53002, StdinPort: 53003, ControlPort: 53004,
		HBPort: 53005, Key: "a0436f6c-1916-498b-8eb9-e81ab9368e84", SignatureScheme: "hmac-sha256", KernelName: "gonbml",
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestBadConnectionFilesSayWhatIsWrong(t *testing.T) {
	change := func(old, new string) string { return strings.Replace(connectionText, old, new, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"broken JSON":       {"{", "expected a JSON object"},
		"empty":             {"", "expected a JSON object"},
		"a list":            {"[]", "got a JSON array"},
		"null":              {"null", `"shell_port" is missing`},
		"missing port":      {change(`"hb_port": 53005,`, ""), `"hb_port" is missing`},
		"port as text":      {change("53001", `"53001"`), `"shell_port": expected a int, got a JSON string`},
		"port out of range": {change("53001", "70000"), `"shell_port": expected a port from 0 to 65535, got 70000`},
		"other transport":   {change(`"tcp"`, `"udp"`), `"transport": expected "tcp" or "ipc", got "udp"`},
		"other signature":   {change("hmac-sha256", "hmac-md5"), `"signature_scheme": expected "hmac-sha256", got "hmac-md5"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseConnection([]byte(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := ReadConnection(filepath.Join(t.TempDir(), "none.json")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("missing file: got %v", err)
	}
}
