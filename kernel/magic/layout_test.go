package magic

import (
	"strings"
	"testing"
)

func TestLayoutKeepsOffsets(t *testing.T) {
	for _, tt := range []struct {
		in, goText string
		main       int
		commands   []string
		whole      bool
	}{
		{in: "x := 1", goText: "x := 1", main: -1},
		{in: "!ls é\nx := 1\n%cd\nx", goText: "      \nx := 1\n   \nx", main: -1, commands: []string{"!ls é", "%cd"}},
		{in: "!a \\\n b\nx", goText: "    \n  \nx", main: -1, commands: []string{"!a \\\n b"}},
		{in: "s := `\n%cd`\n%nosu", goText: "s := `\n%cd`\n     ", main: -1, commands: []string{"%nosu"}},
		{in: "func f() {}\n%% -a\nx := 1", goText: "func f() {}\n     \nx := 1", main: 18, commands: []string{"%% -a"}},
		{in: "\n%%bash -x\nls", goText: "\n         \n  ", main: -1, commands: []string{"%%bash -x"}, whole: true},
		{in: "%%wri", goText: "     ", main: -1, commands: []string{"%%wri"}, whole: true},
		{in: "%", goText: " ", main: -1, commands: []string{"%"}},
		{in: "//gonb:%ls\nx", goText: "          \nx", main: -1, commands: []string{"//gonb:%ls"}},
	} {
		l := LayoutOf(tt.in)
		if l.Go != tt.goText || l.Main != tt.main || l.Whole != tt.whole || len(l.Commands) != len(tt.commands) {
			t.Errorf("%q: got %+v", tt.in, l)
			continue
		}
		if len(l.Go) != len(tt.in) {
			t.Errorf("%q: the Go text has %d bytes, want %d", tt.in, len(l.Go), len(tt.in))
		}
		for i, c := range l.Commands {
			if got := tt.in[c.Start:c.End]; got != tt.commands[i] {
				t.Errorf("%q: command %d: got %q, want %q", tt.in, i, got, tt.commands[i])
			}
		}
	}
}

func TestEveryCommandIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Descriptions() {
		seen[d.Name] = true
		if d.Text == "" {
			t.Errorf("%s is not in help.md", d.Name)
		}
		if !strings.HasPrefix(d.Usage, d.Name) {
			t.Errorf("%s: usage %q", d.Name, d.Usage)
		}
	}
	for _, name := range []string{"%cd", "%%", "%%bash", "%ls", "%rm", "%env"} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}
