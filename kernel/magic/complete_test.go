package magic

import "testing"

func TestIsComplete(t *testing.T) {
	for _, tt := range []struct{ in, status, indent string }{
		{"", "complete", ""},
		{"x := 1", "complete", ""},
		{"x := 1\n", "complete", ""},
		{"x := 1;", "complete", ""},
		{"fmt.Println(\"hello\")", "complete", ""},
		{"func f() {}\ntype T struct{}\nf()", "complete", ""},
		{"if x {\n}", "complete", ""},
		{"// a comment", "complete", ""},
		{"!ls", "complete", ""},
		{"%cd x\n%env A=b", "complete", ""},
		{"%%bash\nls", "complete", ""},
		{"%%\nfmt.Println(1)", "complete", ""},
		{"%%\nif x {\n}\n", "complete", ""},
		{"%exec f", "complete", ""},
		{"import \"fmt\"", "complete", ""},
		{"func main() {\n\tx := `a\n%b`\n}", "complete", ""},

		{"func f() {", "incomplete", "\t"},
		{"func f() {\n\tif x {", "incomplete", "\t\t"},
		{"func f() {\n\tif x {\n\t}\n", "incomplete", "\t"},
		{"fmt.Println(1,", "incomplete", "\t"},
		{"f(1 +", "incomplete", "\t"},
		{"f(", "incomplete", "\t"},
		{"func f(", "incomplete", "\t"},
		{"x := []int{1, 2,", "incomplete", "\t"},
		{"x := m[", "incomplete", "\t"},
		{"x :=", "incomplete", "\t"},
		{"x := a +", "incomplete", "\t"},
		{"a.\n", "incomplete", "\t"},
		{"s := `abc", "incomplete", ""},
		{"/* abc", "incomplete", ""},
		{"import (", "incomplete", "\t"},
		{"switch x {\ncase 1:", "incomplete", "\t"},
		{"go func() {", "incomplete", "\t"},
		{"!ls \\", "incomplete", ""},
		{"%%", "incomplete", ""},
		{"%%bash", "incomplete", ""},
		{"%%\nif x {", "incomplete", "\t"},
		{"%%\nx := 1 +", "incomplete", "\t"},

		{"x := )", "invalid", ""},
		{"f(1]", "invalid", ""},
		{"x := \"abc", "invalid", ""},
		{"func f() {\n\tx y z\n", "invalid", ""},
		{"if x", "invalid", ""},
		{"type T", "invalid", ""},
		{"a b", "invalid", ""},
		{"}", "invalid", ""},
		{"%%\n}", "invalid", ""},
		{"%nosuch", "invalid", ""},
	} {
		got := IsComplete(tt.in)
		if got.Status != tt.status || got.Indent != tt.indent {
			t.Errorf("%q: %s %q, want %s %q", tt.in, got.Status, got.Indent, tt.status, tt.indent)
		}
	}
}
