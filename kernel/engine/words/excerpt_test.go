package words

import (
	"strings"
	"testing"
)

func TestTheCaretStandsUnderItsColumn(t *testing.T) {
	for _, tt := range []struct{ line, at, want string }{
		{"x := y", "y", "             ^"},
		{"\tx := name", "name", "                 ^~~~"},
		{"s := \"é\" + y", "y", "                   ^"},
		{"s := \"漢字\" + y", "y", "              \u3000\u3000    ^"},
		{"s := \"😀\" + y", "y", "                    ^"},
		{"s := \"e\u0301\" + y", "y", "                   ^"},
		{"größe + x", "größe", "        ^~~~~"},
		{"f(", "", "          ^"},
	} {
		column := strings.Index(tt.line, tt.at) + 1
		if tt.at == "" {
			column = len(tt.line) + 1
		}
		got := strings.NewReplacer(red, "", plain, "").Replace(strings.Join(caret("first\n"+tt.line, 2, column), "\n"))
		if got != tt.want {
			t.Errorf("%q: got\n%s|\nwant\n%s|", tt.line, got, tt.want)
		}
	}
	for _, column := range []int{0, -1, 100} {
		if got := caret("x", 1, column); got != nil {
			t.Errorf("column %d: got %q", column, got)
		}
	}
	if got := sourceLine("a\tb\r\nc", 1); len(got) != 1 || !strings.HasSuffix(got[0], " a    b") {
		t.Errorf("got %q", got)
	}
}
