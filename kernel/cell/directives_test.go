package cell_test

import (
	"errors"
	"fmt"
	"go/token"
	"slices"
	"testing"

	"github.com/gonbml/gonbml/kernel/cell"
)

func TestMisplacedDirectives(t *testing.T) {
	tests := []struct {
		source string
		lines  []int
	}{
		{"//go:noinline\nfunc f() {}\n//go:noinline\n\n//go:nosplit\nfunc (T) m() {}", nil},
		{"//go:noinline\npackage main\nfunc f() {}", []int{1}},
		{"//go:noinline\nvar x int\n//go:noinline\nconst c = 1\ntype (\n\t//go:nosplit\n\tT int\n)", []int{1, 3, 6}},
		{"func f() {\n\t//go:noinline\n\tx := 1\n\t_ = x\n}\n//go:noinline", []int{2, 6}},
		{"//go:noinlined\nvar x int\n// go:noinline\nvar y = `\n//go:noinline`\nx := 1", nil},
	}
	for _, tt := range tests {
		_, err := cell.Parse(token.NewFileSet(), 1, tt.source)
		var got []int
		var list cell.Errors
		if errors.As(err, &list) {
			for _, e := range list {
				got = append(got, e.Line)
			}
		}
		if !slices.Equal(got, tt.lines) {
			t.Errorf("%s\ngot %v, want lines %v", tt.source, err, tt.lines)
		}
	}
	_, err := cell.Parse(token.NewFileSet(), 1, "//go:nosplit\nvar x int")
	if fmt.Sprint(err) != "cell 1:1:1: misplaced compiler directive" {
		t.Errorf("got %v", err)
	}
}
