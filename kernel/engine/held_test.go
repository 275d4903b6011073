package engine

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/worker/held"
)

// shown keeps the texts that an output is given, and when the last came.
type shown struct {
	exec.Output
	texts []string
	last  time.Time
}

func (s *shown) Stream(name, text string) {
	s.texts, s.last = append(s.texts, name+" "+text), time.Now()
}

func (s *shown) Input(context.Context, string, bool) (string, error) {
	s.texts = append(s.texts, "input")
	return "", nil
}

func TestTextOfAProgramWaitsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &shown{}
		h := holdBack(out)
		begun := time.Now()
		for range 3 {
			h.Stream("stdout", "x")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if took := out.last.Sub(begun); took != held.Delay {
			t.Errorf("text came after %v", took)
		}
		h.Stream("stdout", "name? ")
		if _, err := h.Input(t.Context(), "", false); err != nil {
			t.Error(err)
		}
		h.Stream("stderr", "end")
		h.end()
		if want := []string{"stdout xxx", "stdout name? ", "input", "stderr end"}; !slices.Equal(out.texts, want) {
			t.Errorf("got %q, want %q", out.texts, want)
		}
	})
}
