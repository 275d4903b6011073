package engine_test

import (
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/engine"
)

func TestModulesThatCannotBeFetched(t *testing.T) {
	n := newNotebook(t)
	all := n.wantFailure(`import "example.invalid/no/such/module"`, "CompileError", "example.invalid/no/such/module could not be fetched")
	if !strings.Contains(all, "1 | import") {
		t.Errorf("the place is not shown:\n%s", all)
	}
	n.want(`1`, "1")
}

func TestWithoutNetwork(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ proxy, want string }{{"off", "GOPROXY=off"}, {"http://127.0.0.1:1", "cannot be reached"}} {
		n := &notebook{t: t, e: openEngine(t, engine.Options{WorkDir: t.TempDir(), Env: []string{"GOPROXY=" + tt.proxy, "GOSUMDB=off"}})}
		n.wantFailure(`import "example.test/none"`, "CompileError", "example.test/none could not be fetched")
		all := n.wantFailure(`%goget example.test/none@v1.0.0`, "CommandError", "example.test/none")
		if !strings.Contains(all, tt.want) {
			t.Errorf("%s\nwant %q in it", all, tt.want)
		}
		n.want(`1 + 1`, "2")
	}
}
