package host

import (
	"reflect"
	"testing"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

func TestParseStack(t *testing.T) {
	stack := "goroutine 7 [chan receive, 2 minutes]:\n" +
		"runtime.gopark(0x1)\n\t/usr/go/src/runtime/proc.go:100 +0x1\n" +
		"nb/c1.(*point).wait(...)\n\t/cell/1:12\n" +
		"nb/c1.run()\n\t/cell/1:101 +0x25\n" +
		"github.com/gonbml/gonbml/session/rt.(*Exec).Run(0xc0, 0x1)\n\t/x/rt.go:50 +0x5\n" +
		"created by main.main in goroutine 1\n\t/x/main.go:5 +0x1\n"
	want := []frame.Frame{{Function: "nb/c1.(*point).wait", File: "/cell/1", Line: 12}, {Function: "nb/c1.run", File: "/cell/1", Line: 101}}
	if got := parseStack(stack); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := parseStack(""); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestDescribe(t *testing.T) {
	var got *frame.Panic
	func() {
		defer func() { got = describe(recover()) }()
		m := map[string]map[string]int{}
		m["none"]["x"] = 1
	}()
	if got.Value != "assignment to entry in nil map" || !got.Runtime || got.Stack == "" {
		t.Errorf("got %+v", got)
	}
}
