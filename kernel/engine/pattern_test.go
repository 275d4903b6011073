package engine_test

import "testing"

func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		got, want string
		does      bool
	}{
		{"a\nb\n", "a\nb", true},
		{"a\nb", "a", false},
		{"a+b", "a+b", true},
		{"aab", "a+b", false},
		{"one two three", "one … three", true},
		{"one two three", "one …", true},
		{"one\ntwo\nthree", "one…three", true},
		{"one two", "one … three", false},
		{"first\nlast", "first\n…\nlast", true},
		{"first\nmore\nand more\nlast", "first\n…\nlast", true},
		{"first\nmore last", "first\n…\nlast", false},
		{"first", "first\n…", true},
		{"first\nmore", "first\n…", true},
		{"first more", "first\n…", false},
		{"last", "…\nlast", true},
		{"more\nlast", "…\nlast", true},
		{"more last", "…\nlast", false},
		{"", "…", true},
		{"first\na\nmid\nb\nlast", "first\n…\nmid\n…\nlast", true},
		{"first\nmid\nlast", "first\n…\nmid\n…\nlast", true},
		{"first\nlast", "first\n…\nmid\n…\nlast", false},
	} {
		if matches(tt.got, tt.want) != tt.does {
			t.Errorf("%q and %q: got %v", tt.got, tt.want, !tt.does)
		}
	}
}
