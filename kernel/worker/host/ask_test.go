package host

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/display"
	"github.com/gonbml/gonbml/session/rt"
)

func TestMain(m *testing.M) {
	rt.SetStacks(stackBytes)
	os.Exit(m.Run())
}

// twice prints itself twice to print itself, and checks as cell code does.
type twice struct{ n int }

func (t twice) String() string { rt.Check(); return "<" + fmt.Sprint(any(t), any(t)) + ">" }

// forever wraps itself, and has an Error that does not return.
type forever struct{ wait chan int }

func (f forever) Error() string   { <-f.wait; return "" }
func (f forever) Unwrap() []error { return []error{f, f, nil} }

// throws panics with itself whatever is asked of it.
type throws struct{}

func (t throws) Error() string                { panic(t) }
func (t throws) Unwrap() error                { panic(t) }
func (t throws) MarshalJSON() ([]byte, error) { panic(t) }

func TestTextOfValuesWhoseMethodsMisbehave(t *testing.T) {
	var nobody *os.PathError
	for _, test := range []struct {
		value any
		want  string
	}{
		{twice{1}, "a value of type host.twice (a method of it calls itself without end)"},
		{forever{make(chan int)}, "a value of type host.forever (a method of it does not return)"},
		{throws{}, "a value of type host.throws (a method of it panics: "},
		{nobody, "<nil>"},
	} {
		if got := textOf(test.value); !strings.HasPrefix(got, test.want) {
			t.Errorf("%T: got %.200s, want %s", test.value, got, test.want)
		}
	}
}

func TestWhatAnErrorWraps(t *testing.T) {
	for _, test := range []struct {
		value     any
		interrupt bool
		canceled  bool
	}{
		{forever{}, false, false},
		{throws{}, false, false},
		{"text", false, false},
		{rt.Interrupt{}, true, false},
		{fmt.Errorf("a: %w", fmt.Errorf("b: %w and %w", rt.Interrupt{}, context.Canceled)), true, true},
	} {
		if got := wraps(test.value, isInterrupt); got != test.interrupt {
			t.Errorf("%T: an interrupt: %v", test.value, got)
		}
		if got := wraps(test.value, isCanceled); got != test.canceled {
			t.Errorf("%T: canceled: %v", test.value, got)
		}
	}
}

func TestDataThatCannotBeEncoded(t *testing.T) {
	got := encoded(map[string]any{"a": throws{}, "b": make(chan int), "c": 1, display.MIMEHTML: "x"})
	if _, ok := got["a"]; ok || fmt.Sprintf("%s", got["c"]) != "1" || got[display.MIMEHTML] != "x" || got[display.MIMEText] == nil {
		t.Errorf("got %v", got)
	}
}
