package magic

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// describe writes a parsed cell in one line for each part.
func describe(c Cell) string {
	var b strings.Builder
	for _, d := range c.Commands {
		fmt.Fprintf(&b, "%d:%s", d.Line, d.Kind)
		if d.Module {
			b.WriteString("*")
		}
		if d.Kind == Shell {
			fmt.Fprintf(&b, " %q", d.Shell)
		} else {
			fmt.Fprintf(&b, " %q", d.Args)
		}
		if d.Input != NoInput {
			fmt.Fprintf(&b, " input=%d", d.Input)
		}
		b.WriteString("\n")
	}
	if c.MainLine > 0 {
		fmt.Fprintf(&b, "main=%d\n", c.MainLine)
	}
	if c.Args != nil {
		fmt.Fprintf(&b, "args=%q\n", c.Args)
	}
	if c.Capture != nil {
		fmt.Fprintf(&b, "capture=%+v\n", *c.Capture)
	}
	if c.Whole != nil {
		fmt.Fprintf(&b, "whole=%+v\n", *c.Whole)
	}
	return b.String()
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, in, go_, want string
	}{
		{"go only", "x := 1\nx", "x := 1\nx", ""},
		{"empty", "", "", ""},
		{"shell", "!ls -l\nx := 1", "      \nx := 1", "1:! \"ls -l\"\n"},
		{"shell after Go runs first but is told its line", "x := 1\n!ls", "x := 1\n   ", "2:! \"ls\"\n"},
		{"shell in the module folder", "!*go get a/b@v1", "               ", "1:!* \"go get a/b@v1\"\n"},
		{"space after the sign", "! ls\n% cd /tmp", "    \n         ", "1:! \"ls\"\n2:cd [\"/tmp\"]\n"},
		{"continued", "!echo a \\\n  b\nx", "         \n   \nx", "1:! \"echo a    b\"\n"},
		{"continued behind a comment", "//gonb:!echo \\\n//gonb:b\nx", blanks("//gonb:!echo \\\n//gonb:b\n") + "x", "1:! \"echo  b\"\n"},
		{"quotes and backticks of the shell are not Go's", "!echo \"`date`\nx := 1\n!echo '\ny := 2", blanks("!echo \"`date`\n") + "x := 1\n       \ny := 2", "1:! \"echo \\\"`date`\"\n3:! \"echo '\"\n"},
		{"main", "var x int\n%%\nx = 1", "var x int\nfunc main() {\nx = 1\n}", "main=2\n"},
		{"main ends with a newline", "%%\nx = 1\n", "func main() {\nx = 1\n}", "main=1\n"},
		{"main ends with a comment", "%%\nx() // y", "func main() {\nx() // y\n}", "main=1\n"},
		{"main by name, with arguments", "%main -x=17 \"a b\"\nx()", "func main() { flag.Parse();\nx()\n}", "main=1\nargs=[\"-x=17\" \"a b\"]\n"},
		{"main with flags defined", "var n = flag.Int(\"n\", 1, \"\")\n//gonb:%%\nx()", "var n = flag.Int(\"n\", 1, \"\")\nfunc main() { flag.Parse();\nx()\n}", "main=2\n"},
		{"args", "%args -v \"\"\nfunc main() {}", "           \nfunc main() {}", "args=[\"-v\" \"\"]\n"},
		{"args of main replace those of args", "%args a\n%% b", "       \nfunc main() { flag.Parse();\n}", "main=2\nargs=[\"b\"]\n"},
		{"exec", "func f() {}\n%exec f -x 1", "func f() {}\nfunc main() { flag.Parse(); f() }", "main=2\nargs=[\"-x\" \"1\"]\n"},
		{"exec with brackets", "%exec f()", "func main() { f() }", "main=1\n"},
		{"env", "%env A=b=c\n%env A \"x y\"\n%env A\n%env", "          \n            \n      \n    ", "1:env [\"A\" \"b=c\"]\n2:env [\"A\" \"x y\"]\n3:env [\"A\"]\n4:env []\n"},
		{"keep", "%keep a b\n%keep", blanks("%keep a b\n%keep"), "1:keep [\"a\" \"b\"]\n2:keep []\n"},
		{"simple commands", "%autoget\n%noautoget\n%ls\n%list\n%reset\n%reset go.mod\n%rm a b\n%version\n%help", blanks("%autoget\n%noautoget\n%ls\n%list\n%reset\n%reset go.mod\n%rm a b\n%version\n%help"), "1:autoget []\n2:noautoget []\n3:list []\n4:list []\n5:reset []\n6:reset [\"go.mod\"]\n7:remove [\"a\" \"b\"]\n8:version []\n9:help []\n"},
		{"input for the next shell line only", "%with_inputs\n!a\n!b\n%with_password\n!c", blanks("%with_inputs\n!a\n!b\n%with_password\n!c"), "2:! \"a\" input=1\n3:! \"b\"\n5:! \"c\" input=2\n"},
		{"capture", "%capture -a out.txt\nx", blanks("%capture -a out.txt\n") + "x", "capture={File:out.txt Append:true}\n"},
		{"in a raw string", "s := `\n%cd x\n!ls\n`\n!ls", "s := `\n%cd x\n!ls\n`\n   ", "5:! \"ls\"\n"},
		{"in a comment", "/*\n!ls\n%%\n*/\nx", "/*\n!ls\n%%\n*/\nx", ""},
		{"in an open raw string", "s := `\n!ls\n", "s := `\n!ls\n", ""},
		{"in a call", "f(a,\n!ok,\n!ok)\n!ls", "f(a,\n!ok,\n!ok)\n   ", "4:! \"ls\"\n"},
		{"in an expression", "ok := a &&\n!b\n!ls", "ok := a &&\n!b\n   ", "3:! \"ls\"\n"},
		{"in a composite literal", "x := []bool{\n!a,\n!b,\n}", "x := []bool{\n!a,\n!b,\n}", ""},
		{"% in round brackets", "f(a\n%cd\n)", "f(a\n%cd\n)", ""},
		{"% in a block cannot be Go", "func f() {\n%cd x\n}", "func f() {\n     \n}", "2:cd [\"x\"]\n"},
		{"indented lines are Go", " !ls", " !ls", ""},
		{"comment form in a block", "func f() {\n//gonb:!ls\n}", "func f() {\n          \n}", "2:! \"ls\"\n"},
		{"plain comments stay", "// !ls\n//gonb: x", "// !ls\n//gonb: x", ""},
		{"strings do not open anything", "s := \"`\" + \"/*\"\n!ls", "s := \"`\" + \"/*\"\n   ", "2:! \"ls\"\n"},
		{"non-ASCII", "s := \"é\"\n!echo é", "s := \"é\"\n        ", "2:! \"echo é\"\n"},
		{"bash", "%%bash\nls\n%cd", "", "whole={Line:1 File: Append:false Program:[bash] Body:ls\n%cd\n}\n"},
		{"script", "\n//gonb:%%script bc -q\n1+1\n", "", "whole={Line:2 File: Append:false Program:[bc -q] Body:1+1\n}\n"},
		{"writefile", "%%writefile -a \"a b.txt\"\nx", "", "whole={Line:1 File:a b.txt Append:true Program:[] Body:x\n}\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if c.Go != tt.go_ {
				t.Errorf("Go text:\n%q\nwant:\n%q", c.Go, tt.go_)
			}
			if got := describe(c); got != tt.want {
				t.Errorf("parts:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func blanks(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, s)
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"x := 1\n%lst", "line 2: there is no command %lst. Did you mean %list? %help shows all commands."},
		{"%zzzzzz", "line 1: there is no command %zzzzzz. %help shows all commands."},
		{"%%bsh\nls", "line 1: there is no command %%bsh. Did you mean %%bash? %help shows all commands."},
		{"x := 1\n%%bash\nls", "line 2: expected %%bash in the first line of the cell: all the rest of the cell belongs to it. Move it to a cell of its own."},
		{"%%bash -x\nls", "line 1: expected %%bash alone. Got -x after it."},
		{"%%writefile\nls", "line 1: expected %%writefile [-a] FILE. Got \"\" after it."},
		{"%%script\nls", "line 1: expected %%script PROGRAM [ARGUMENT...]. Got no program."},
		{"%%gx\nfunc f()", "line 1: %%gx is a command of GoNB that is not available here: Gx is a language of its own, whose compiler GoNB too has only in builds made for it; write the cell in Go. %help shows all commands."},
		{"%wasm\n%test", "line 2: expected one of %test and %wasm in a cell. Got both."},
		{"%wasm x", "line 1: expected %wasm alone. Got x after it."},
		{"%%\nx()\n%%\ny()", "line 3: the cell has its main function already, from line 1. Leave one of %%, %main and %exec."},
		{"%exec", "line 1: expected %exec FUNCTION [ARGUMENT...]. Got no function."},
		{"%cd a b", "line 1: expected %cd DIR; quote a folder that has spaces: \"my data\". Got 2 words after it."},
		{"%env A b c", "line 1: expected %env NAME VALUE; quote a value that has spaces: \"a b\". Got 3 words after it."},
		{"%env =b", "line 1: expected %env NAME=VALUE. Got the name \"\"."},
		{"%reset all", "line 1: expected %reset or %reset go.mod. Got %reset all."},
		{"%rm", "line 1: expected %rm NAME.... Got no name. %list shows the names."},
		{"%autoget now", "line 1: expected %autoget alone. Got now after it."},
		{"!", "line 1: expected a shell command after !. Got an empty line."},
		{"%", "line 1: expected the name of a command after %. Got an empty line. %help shows all commands."},
		{"!ls\n%with_inputs\nx", "line 2: expected a shell line (!command) after it in this cell, whose input it asks for. Got none."},
	} {
		_, err := Parse(tt.in)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%q:\n got %v\nwant %s", tt.in, err, tt.want)
		}
	}
}

func TestHelpNamesAllCommands(t *testing.T) {
	for _, n := range names {
		if !strings.Contains(HelpText, "%"+n) {
			t.Errorf("%%help does not mention %%%s", n)
		}
	}
}

func TestFields(t *testing.T) {
	for in, want := range map[string][]string{
		`a  b	c`:          {"a", "b", "c"},
		`a "b c" d"e"f`:   {"a", "b c", "def"},
		`""`:              {""},
		`"a\"b\n" a\b`:    {"a\"b\n", `a\b`},
		` é "ü" `:         {"é", "ü"},
		`"not ended`:      {"not ended"},
		`--text "x=\\ y"`: {"--text", `x=\ y`},
	} {
		if got := fields(in); !reflect.DeepEqual(got, want) {
			t.Errorf("fields(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestExpandPath(t *testing.T) {
	env := []string{"HOME=/first", "HOME=/home/u", "D=data"}
	for in, want := range map[string]string{
		"a.txt":         "/nb/a.txt",
		"~":             "/home/u",
		"~/x":           "/home/u/x",
		"${D}/$D/a":     "/nb/data/data/a",
		"/abs/$MISSING": "/abs",
		"a~b":           "/nb/a~b",
	} {
		if got := ExpandPath(in, "/nb", env); strings.TrimSuffix(got, "/") != want {
			t.Errorf("ExpandPath(%q) = %q, want %q", in, got, want)
		}
	}
}
