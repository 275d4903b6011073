package build_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

func TestFirst(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	o, err := b.Compile(context.Background(), build.Unit{Path: fmt.Sprintf("nb/c%x", 7), Source: []byte("package main\nimport \"fmt\"\nfunc init(){fmt.Println(1)}\nfunc main(){}\n"), Imports: []string{"fmt"}})
	t.Log(o, err)
}
