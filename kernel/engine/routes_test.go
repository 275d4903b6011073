package engine

import (
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

// named is an output that tests tell from others.
type named struct {
	exec.Output
	name string
}

func TestRoutes(t *testing.T) {
	r := newRoutes(nil, nil)
	name := func(id int64) string {
		if n, ok := r.to(id).(named); ok {
			return n.name
		}
		return "nobody"
	}
	want := func(id int64, want string) {
		t.Helper()
		if got := name(id); got != want {
			t.Errorf("what belongs to %d goes to %s, want %s", id, got, want)
		}
	}
	want(0, "nobody")
	r.add(named{name: "one"})
	r.begin(1)
	want(0, "one")
	r.Front(1)
	r.add(named{name: "two"})
	r.begin(2)
	want(0, "one") // two is not in front yet
	r.Front(2)
	want(0, "two")
	want(1, "one")
	r.Quiet(2) // it ends, and stays in front
	want(0, "two")
	r.add(named{name: "expression"})
	r.Front(3)
	want(0, "expression")
	r.remove(3)
	want(0, "two")
	r.add(named{name: "four"})
	r.begin(4)
	r.Front(4)
	if _, kept := r.outputs[2]; kept {
		t.Error("the output of a run that is over is kept")
	}
	want(1, "one") // one has a goroutine that lives on
	r.Quiet(1)
	if len(r.outputs) != 1 {
		t.Errorf("%d outputs are kept, want the last alone", len(r.outputs))
	}
}
