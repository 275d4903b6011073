package console

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

// newLineOf returns a cell on its way, for the keys, on a terminal of 40 columns.
func newLineOf(keys string, past ...string) (*line, *terminal) {
	screen := &terminal{}
	e := &editor{engine: &script{}, keys: bufio.NewReader(strings.NewReader(keys)), view: view{out: screen, width: func() int { return 40 }}}
	e.past.cells = past
	return &line{editor: e, prompt: green("In [1]: "), more: green("   ...: "), multi: true, at: len(past)}, screen
}

const (
	escUp, escDown, escRight, escLeft = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
	escHome, escEnd, escDelete        = "\x1b[H", "\x1bOF", "\x1b[3~"
	pasteBegin                        = "\x1b[200~"
)

func TestKeys(t *testing.T) {
	past := []string{"first", "second\nof two", "third"}
	for name, c := range map[string]struct{ keys, want string }{
		"typing":                          {"x := 1\r", "x := 1"},
		"letters of all kinds":            {"größe := \"日本\"\r", "größe := \"日本\""},
		"backspace and delete":            {"abcd\x7f\x1b[D\x1b[D" + escDelete + "\r", "ac"},
		"backspace at the start":          {"\x7fx\r", "x"},
		"in the middle":                   {"ac" + escLeft + "b\r", "abc"},
		"home and end":                    {"b" + escHome + "a" + escEnd + "c\x01<\x05>\r", "<abc>"},
		"words":                           {"one two_2 three\x1bb\x1bb^\x1bf$\r", "one ^two_2$ three"},
		"words by arrows":                 {"one two\x1b[1;5D^\x1b[1;5C$\r", "one ^two$"},
		"cut and bring back":              {"one two\x17three \x19\r", "one three two"},
		"cut to the start and the end":    {"one two" + escLeft + escLeft + escLeft + "\x0b\x15x\x19\r", "xone "},
		"cut a word":                      {"one two\x01\x1bd\r", " two"},
		"a block is indented":             {"f {\rif {\rx\r}\r}\r", "f {\n\tif {\n\t\tx\n\t}\n}"},
		"enter in the first of two lines": {"a {\r}" + escUp + "\r\r" + escDown + escDown + escDown + "\r", "a\n\n {\n}"},
		"a line break by Alt-Enter":       {"a\x1b\rb\r", "a\nb"},
		"up and down in the text":         {"long {\rx}" + escUp + escEnd + "1" + escDown + "2\r", "long {1\n\tx}2"},
		"history":                         {escUp + "\r", "third"},
		"further back":                    {escUp + escUp + "!\r", "second\nof two!"},
		"past several lines":              {escUp + escUp + escUp + escUp + "\r", "first"},
		"beyond the first":                {escUp + escUp + escUp + escUp + escUp + escUp + "\r", "first"},
		"there and back":                  {"draft" + escUp + escUp + escDown + escDown + escDown + "!\r", "draft!"},
		"search":                          {"\x12ir" + "\x05\r", "third"},
		"search on":                       {"\x12ir\x12\x12" + escEnd + "\r", "first"},
		"search and back":                 {"draft\x12nothing like this\x03!\r", "draft!"},
		"completion of one":               {"grö\t\r", "größer"},
		"of what several share":           {"fmt.P\tf\r", "fmt.Printf"},
		"of nothing":                      {"zzz\t\r", "zzz"},
		"tab indents":                     {"\tx\r", "\tx"},
		"paste":                           {pasteBegin + "f {\r\n\tx\r}\n" + pasteEnd + "y\r", "f {\n\tx\n}\ny"},
		"paste of what looks like an end": {pasteBegin + "~\x1b[201" + pasteEnd + "\r", "~\x1b[201"},
		"keys that mean nothing":          {"\x1b[99~\x1b[1;9Q\x1bq\x1fx\r", "x"},
		"end of input deletes in a text":  {"ab\x01\x04\r", "b"},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := newLineOf(c.keys, past...)
			if got, err := l.read(); err != nil || got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestKeysThatEnd(t *testing.T) {
	for keys, want := range map[string]error{"\x04": io.EOF, "x := \x03": errInterrupt, "x": io.EOF, "\x1b": io.EOF, pasteBegin + "x": io.EOF} {
		l, _ := newLineOf(keys)
		if got, err := l.read(); !errors.Is(err, want) {
			t.Errorf("%q: got %q, %v, want %v", keys, got, err, want)
		}
	}
}

func TestWhatIsDrawn(t *testing.T) {
	for name, c := range map[string]struct{ keys, want string }{
		"a line":           {"x := 1" + escLeft, "In [1]: x := ▮1"},
		"a block":          {"f {\r", "In [1]: f {\n   ...:     ▮"},
		"up in it":         {"f {\rx" + escUp, "In [1]: f ▮{\n   ...:     x"},
		"a long line":      {strings.Repeat("0123456789", 4), "In [1]: 0123456789012345678901234567890\n123456789▮"},
		"up to the edge":   {strings.Repeat("x", 31), "In [1]: " + strings.Repeat("x", 31) + "▮"},
		"a wide letter":    {strings.Repeat("x", 30) + "日", "In [1]: " + strings.Repeat("x", 30) + "\n日▮"},
		"a shorter text":   {strings.Repeat("x", 100) + "\x15y", "In [1]: y▮"},
		"accepted":         {"x\r", "In [1]: x\n▮"},
		"given up":         {"f {\rx" + escUp + "\x03", "In [1]: f {\n   ...:     x^C\n▮"},
		"cleared":          {"x\x0c", "In [1]: x▮"},
		"what completes":   {"P\t\t", "In [1]: Print▮\n  Print    func\n  Printf   func\n  Println  func"},
		"and goes":         {"P\t\t!", "In [1]: Print!▮"},
		"a search":         {"\x12fo", "(search fo) ▮"},
		"a control letter": {pasteBegin + "a\x1bb" + pasteEnd, "In [1]: a·b▮"},
	} {
		t.Run(name, func(t *testing.T) {
			l, screen := newLineOf(c.keys)
			l.read() // until the keys are used up
			if got := screen.text(true); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestWhatIsPrintedMeanwhileStandsAboveTheLine(t *testing.T) {
	keys, typist := io.Pipe()
	l, screen := newLineOf("")
	l.keys = bufio.NewReader(keys)
	s := newScreen(Options{Terminal: true, Out: screen, Err: screen, Width: l.view.width})
	s.apart = l.apart
	done := make(chan string)
	go func() {
		text, _ := l.read()
		done <- text
	}()
	io.WriteString(typist, "f {\rx") // Each byte is taken when the one before it was drawn.
	io.WriteString(typist, "y")
	s.Stream("stdout", "late\nand ")
	s.Stream("stdout", "later\n")
	s.Display(exec.Display{Data: exec.Bundle{"text/plain": "a display"}})
	io.WriteString(typist, "}\r")
	if text := <-done; text != "f {\n\txy}" {
		t.Errorf("the text is %q", text)
	}
	if got, want := screen.text(false), "late\nand\nlater\na display\nIn [1]: f {\n   ...:     xy}"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestPasswordsAreNotShown(t *testing.T) {
	l, screen := newLineOf("pass\x7fword\r")
	got, err := (&line{editor: l.editor, prompt: "Key: ", hidden: true}).read()
	if err != nil || got != "pasword" || screen.text(false) != "Key:" {
		t.Errorf("got %q, %v; shown is %q", got, err, screen.text(false))
	}
}

func TestAQuestionKnowsNoHistoryNorSeveralLines(t *testing.T) {
	l, _ := newLineOf(escUp+"{\x12\t\r", "past")
	if got, err := (&line{editor: l.editor, prompt: "? "}).read(); err != nil || got != "{" {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzEditor types anything at all. The cursor stays in the text, and what is drawn is the text.
func FuzzEditor(f *testing.F) {
	f.Add("x := 1\r" + escUp + escUp + "\x12a\x12\x05\t\t\x17\x19")
	f.Add(pasteBegin + "日本\n\t語" + pasteEnd + escLeft + "\x7f\x1b[3~")
	f.Add("{\r{\r}\x1b\r" + escUp + "\x0b\x15")
	f.Fuzz(func(t *testing.T, keys string) {
		l, screen := newLineOf(keys, "one", "two\n{ three")
		_, err := l.read()
		if l.pos < 0 || l.pos > len(l.text) {
			t.Fatalf("%q: the cursor is at %d of %d", keys, l.pos, len(l.text))
		}
		if err == nil && strings.ContainsFunc(string(l.text), func(r rune) bool { return r == '\r' }) {
			t.Errorf("%q: the text %q has a carriage return", keys, string(l.text))
		}
		for _, row := range screen.rows {
			if len(row) > 40 {
				t.Errorf("%q: a row of %d columns", keys, len(row))
			}
		}
	})
}

func TestListing(t *testing.T) {
	l, screen := newLineOf("P\t")
	l.read()
	if !strings.HasPrefix(screen.text(false), "In [1]: Print") {
		t.Errorf("got %q", screen.text(false))
	}
	items := (&script{}).Complete(t.Context(), "P", 1).Items
	for len(items) < 100 {
		items = append(items, items[0])
	}
	got := listing(items, 39)
	lines := strings.Split(got, "\n")
	if want := (mostListed+3)/4 + 1; len(lines) != want || lines[len(lines)-1] != fmt.Sprintf("  and %d more", 100-mostListed) {
		t.Errorf("%d lines, want %d:\n%s", len(lines), want, got)
	}
}
