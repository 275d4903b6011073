package console

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/history"
)

// pipe runs an input that is not a terminal.
func pipe(t *testing.T, input string) (out, errs string, engine *script, past *history.Log, err error) {
	t.Helper()
	var o, e bytes.Buffer
	engine, past = &script{}, history.New("")
	err = Run(t.Context(), Options{Engine: engine, History: past, In: strings.NewReader(input), Out: &o, Err: &e, Width: func() int { return 0 }})
	return o.String(), e.String(), engine, past, err
}

func TestCellsFromAPipe(t *testing.T) {
	out, errs, engine, past, err := pipe(t, "print one\n\nf {\nx\n}\nvalue 42\nask name\nAnn\nwarn two\nshow 1\nprint last")
	if err != nil {
		t.Fatal(err)
	}
	if out != "one\n42\n<Ann>\n1\nlast\n" || errs != "two\n" {
		t.Errorf("got %q and %q", out, errs)
	}
	if want := []string{"print one", "f {\nx\n}", "value 42", "ask name", "warn two", "show 1", "print last"}; !slices.Equal(engine.ran, want) {
		t.Errorf("ran %q, want %q", engine.ran, want)
	}
	entries := past.Tail(0)
	if len(entries) != 7 || entries[2].Line != 3 || entries[2].Output != "42" {
		t.Errorf("the history is %+v", entries)
	}
}

func TestTheFirstFailureEndsAPipe(t *testing.T) {
	out, errs, engine, _, err := pipe(t, "print one\nfail no\nprint two\n")
	if !errors.Is(err, ErrFailed) || out != "one\n" || errs != "no\nline 2\n" || len(engine.ran) != 2 {
		t.Errorf("got %q, %q, %v", out, errs, err)
	}
}

func TestTheEndOfAPipeEndsAQuestion(t *testing.T) {
	_, errs, _, _, err := pipe(t, "ask name")
	if !errors.Is(err, ErrFailed) || !strings.Contains(errs, "EOF") {
		t.Errorf("got %q, %v", errs, err)
	}
}

func TestAnUnfinishedCellAtTheEndIsRun(t *testing.T) {
	_, _, engine, _, err := pipe(t, "f {\nx")
	if err != nil || !slices.Equal(engine.ran, []string{"f {\nx"}) {
		t.Errorf("ran %q, %v", engine.ran, err)
	}
}
