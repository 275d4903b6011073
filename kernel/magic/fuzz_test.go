package magic

import (
	"strings"
	"testing"
)

// FuzzParse checks what holds for any text: no crash, lines kept, commands named by a line that
// starts with their sign, and the Go text read again as Go.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"x := 1\n!ls \\\n-l\n%cd /tmp\nx", "%%\nf(`\n!x\n`)", "%%bash\nls", "f(\n!ok,\n!ok)", "/* \n!ls\n*/ !x", "//gonb:%% -x=1\ny", "%exec f",
		"'\\''\n!ls", "\"\\\n!ls", "%env A=\"b\\\"", "!\\", "%\\\n%", "\xff\n!\xff", "`", "/*", "}\n%%\n{", "%capture -a f\n%with_inputs\n!a\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, code string) {
		IsComplete(code)
		c, err := Parse(code)
		if err != nil {
			if line := err.(*Error).Line; line < 1 || line > strings.Count(code, "\n")+1 {
				t.Errorf("complaint about line %d of %q", line, code)
			}
			return
		}
		if c.Whole != nil {
			return
		}
		lines, goLines := strings.Split(code, "\n"), strings.Split(c.Go, "\n")
		if d := len(goLines) - len(lines); d != 0 && (c.MainLine == 0 || d != 1) {
			t.Fatalf("%d lines became %d: %q, %q", len(lines), len(goLines), code, c.Go)
		}
		for _, d := range c.Commands {
			if l := uncomment(lines[d.Line-1]); !strings.HasPrefix(l, "%") && !strings.HasPrefix(l, "!") {
				t.Errorf("line %d of %q is no command", d.Line, code)
			}
			if strings.TrimSpace(goLines[d.Line-1]) != "" {
				t.Errorf("the command in line %d of %q was left in %q", d.Line, code, c.Go)
			}
		}
		for i, l := range goLines[:len(lines)] {
			if c.MainLine > 0 && i == len(goLines)-1 {
				l = strings.TrimSuffix(l, "}")
			}
			if l != lines[i] && strings.TrimSpace(l) != "" && i+1 != c.MainLine {
				t.Errorf("line %d of %q became %q", i+1, code, l)
			}
		}
		again, err := Parse(c.Go)
		if err != nil || len(again.Commands) > 0 || again.MainLine > 0 {
			t.Errorf("the Go text of %q is not Go alone: %q: %v", code, c.Go, err)
		}
	})
}
