package engine_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// Packages of gonbml that no worker links are built by the cell that imports them, and nothing is
// lost by that.
func TestAKnownPackageCostsNoState(t *testing.T) {
	t.Parallel()
	mark := time.Now().String() // what is built is not there already
	source := buildtest.With(os.DirFS("../.."), map[string]string{
		"ml/counter/counter.go": "package counter\n\n// int next(void);\nimport \"C\"\n\nvar Started = \"" + mark + "\"\n\nfunc Next() int { return int(C.next()) }\n",
		"ml/counter/next.c":     "static int n;\nint next(void) { return ++n; }\n",
	})
	for range 2 { // the second session finds what the first one built
		e, err := engine.New(context.Background(), engine.Options{Source: source, WorkDir: t.TempDir(), Progress: func(s string) { t.Log(s) }})
		if err != nil {
			t.Fatal(err)
		}
		n := &notebook{t: t, e: e}
		n.run("kept := []int{1}")
		if out := n.run("import \"github.com/gonbml/gonbml/ml/counter\"\nkept = append(kept, counter.Next())\nkept"); !strings.Contains(out, "[1 1]") || strings.Contains(out, "restarting") {
			t.Errorf("the import: got %q", out)
		}
		n.want("kept = append(kept, counter.Next())\nkept", "[1 1 2]") // one C variable, whichever cell calls
		n.run("func more() int { return counter.Next() }")
		n.want("more() + more()", "7")
		n.want("counter.Started == \""+mark+"\"", "true")
		if !n.offers("coun", "counter") {
			t.Error("completion does not offer the package")
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// C code of known packages is in libraries that the system loads with the first cell that needs them.
func TestTheCCodeOfKnownPackages(t *testing.T) {
	t.Parallel()
	e, err := engine.New(context.Background(), engine.Options{WorkDir: t.TempDir(), Progress: func(s string) { t.Log(s) },
		Source: buildtest.With(os.DirFS("../.."), map[string]string{
			"ml/first/first.go":   "package first\n\n// int next(void);\nimport \"C\"\n\nfunc Next() int { return int(C.next()) }\n",
			"ml/first/first.c":    "static int n;\nint next(void) { return ++n; }\n",
			"ml/second/second.go": "package second\n\n// int next(void);\nimport \"C\"\n\nfunc Next() int { return int(C.next()) }\n",
			"ml/second/second.c":  "static int n = 100;\nint next(void) { return ++n; }\n",
			"ml/back/back.go": "package back\n\n// int twice(int);\nimport \"C\"\n\nvar Calls int\n\n//export backCall\n" +
				"func backCall(x C.int) C.int { Calls++; return x + 1 }\n\nfunc Twice(x int) int { return int(C.twice(C.int(x))) }\n",
			"ml/back/back.c": "extern int backCall(int);\nint twice(int x) { return 2 * backCall(x); }\n",
			"ml/above/above.go": "package above\n\nimport \"github.com/gonbml/gonbml/ml/first\"\n\n// int next(void);\n// static int both(void) { return 1000 * next(); }\nimport \"C\"\n\n" +
				"func Next() int { return int(C.both()) + first.Next() }\n",
			"ml/plus/plus.go": "package plus\n\n// int size(int);\nimport \"C\"\n\nfunc Size(n int) int { return int(C.size(C.int(n))) }\n",
			"ml/plus/plus.cpp": "#include <stdexcept>\n#include <string>\n\nextern \"C\" int size(int n) {\n" +
				"\ttry {\n\t\tif (n == 0) throw std::runtime_error(\"zero\");\n\t\treturn std::string(n, 'x').size();\n\t} catch (std::exception &e) {\n\t\treturn -1;\n\t}\n}\n",
		})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	n := &notebook{t: t, e: e}
	const imports = "import \"github.com/gonbml/gonbml/ml/first\"\nimport \"github.com/gonbml/gonbml/ml/second\"\n"
	n.want(imports+"fmt.Println(first.Next(), second.Next())", "1 101") // functions of one name
	n.want("fmt.Println(first.Next(), second.Next())", "2 102")
	n.want("import \"github.com/gonbml/gonbml/ml/back\"\nback.Twice(20)", "42")
	n.want("back.Twice(0) + back.Calls", "4") // C has called the one Go function
	n.want("import \"github.com/gonbml/gonbml/ml/above\"\nabove.Next()", "3004")
	n.want("import \"github.com/gonbml/gonbml/ml/plus\"\nfmt.Println(plus.Size(20), plus.Size(0))", "20 -1") // C++ and its exceptions
	n.run("%reset")
	n.want(imports+"fmt.Println(first.Next(), second.Next())", "1 101")
}

// The packages that are known today, after cells that have made something of the linked ones.
func TestTheKnownPackagesOfThisModule(t *testing.T) {
	t.Parallel()
	n := &notebook{t: t, e: newEngine(t)}
	if !n.offers("import \"github.com/gonbml/gonbml/ml/grad", "gradcheck") {
		t.Error("completion does not offer the package")
	}
	n.run("import . \"github.com/gomlx/gomlx/core/graph\"\nimport \"github.com/gomlx/gomlx/core/tensors\"\nx := tensors.FromValue([]float64{0.5, 2})")
	n.want("import \"github.com/gomlx/gomlx/ml/model\"\nimport \"github.com/gonbml/gonbml/ml/gradcheck\"\n"+
		"report, err := gradcheck.Func(func(_ *model.Scope, x []*Node) *Node { return Sin(x[0]) }, []*tensors.Tensor{x}, gradcheck.Config{})\n"+
		"fmt.Println(len(report.Elements), report.Err(), err)", "2 <nil> <nil>")
	n.want("import \"github.com/gonbml/gonbml/ml/tensorboard\"\ncallback := &tensorboard.Callback{Dir: \"logs\"}\ncallback.Dir", "logs")
	n.want("x.Shape().Size()", "2")
}

// offers says whether completion of the code offers something with the text.
func (n *notebook) offers(code, text string) bool {
	items := n.e.Complete(testlimit.Context(n.t), code, len([]rune(code))).Items
	return slices.ContainsFunc(items, func(c exec.Completion) bool { return strings.Contains(c.Text, text) })
}
