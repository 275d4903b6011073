package command

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/history"
)

func TestHistory(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(history.Variable, dir)
	log := history.New(dir)
	if err := log.Add(1, "x := 1"); err != nil {
		t.Fatal(err)
	}
	log.Close()
	for _, tt := range []struct{ args, want string }{
		{"history info", "folder    " + dir + "\nsessions  1, "},
		{"history clear", "removed 1 sessions, "},
		{"history info", "sessions  0, "},
	} {
		var out, errs bytes.Buffer
		status := run(strings.Fields(tt.args), &environment{stdout: &out, stderr: &errs})
		if status != 0 || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: status %d, %q, %q; want %q", tt.args, status, out.String(), errs.String(), tt.want)
		}
	}
	t.Setenv(history.Variable, "off")
	var out bytes.Buffer
	if run([]string{"history", "info"}, &environment{stdout: &out, stderr: &out}) != 0 || out.String() != "no history is kept\n" {
		t.Errorf("off: %q", out.String())
	}
}
