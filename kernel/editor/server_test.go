package editor

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	kexec "github.com/gonbml/gonbml/kernel/exec"
)

// stuck is a language server that answers with errors, or not within any limit.
type stuck struct{ wait bool }

func (s stuck) fail(ctx context.Context) error {
	if s.wait {
		<-ctx.Done()
	}
	return errors.New("no answer")
}

func (s stuck) Complete(ctx context.Context, _ map[string]string, _ string, _ int) ([]kexec.Completion, error) {
	return nil, s.fail(ctx)
}
func (s stuck) Hover(ctx context.Context, _ map[string]string, _ string, _ int) (string, error) {
	return "", s.fail(ctx)
}
func (s stuck) Signature(ctx context.Context, _ map[string]string, _ string, _ int) (string, string, string, error) {
	return "", "", "", s.fail(ctx)
}
func (s stuck) Definition(ctx context.Context, _ map[string]string, _ string, _ int) (string, string, bool, error) {
	return "", "", false, s.fail(ctx)
}

func TestAnswersDoNotDependOnTheServer(t *testing.T) {
	for _, server := range []Server{nil, stuck{}, stuck{wait: true}} {
		s := newTestSession(t, server)
		for _, c := range sessionCells {
			s.run(c)
		}
		c, _ := s.complete("here.|")
		if got := texts(c); !slices.Contains(got, "norm") {
			t.Errorf("%v: got %v", server, got)
		}
		if got := s.inspect("here.nor|m()", 1); !strings.Contains(got, "norm is its length") {
			t.Errorf("%v: got %q", server, got)
		}
	}
}

// slowPackages is a builder that is busy.
type slowPackages struct {
	library
	free context.Context
}

func (s slowPackages) Names() map[string][]string {
	<-s.free.Done()
	return s.library.Names()
}

func TestNamesOfTheSessionWhenNothingElseAnswers(t *testing.T) {
	s := newFilled(t)
	free, cancel := context.WithCancel(testlimit.Context(t))
	defer cancel()
	s.edit = New(slowPackages{s.lib, free}, nil)
	c, _ := s.complete("cou|")
	if got := texts(c); !slices.Equal(got, []string{"counts"}) {
		t.Errorf("got %v", got)
	}
	if got := s.inspect("cou|nts", 0); !strings.Contains(got, "var counts map[string]int") {
		t.Errorf("got %q", got)
	}
	if free.Err() != nil {
		t.Errorf("waiting for the builder: %v", context.Cause(free))
	}
}

// oddPackages makes the type checker panic, as long as it is broken.
type oddPackages struct {
	library
	broken *bool
}

func (o oddPackages) Export(path string) (io.ReadCloser, error) {
	if *o.broken {
		panic("a fault of the type checker")
	}
	return o.library.Export(path)
}

func TestAPanicCostsOneAnswer(t *testing.T) {
	s := newFilled(t)
	broken := true
	s.edit = New(oddPackages{s.lib, &broken}, nil)
	c, _ := s.complete("cou|")
	if got := texts(c); !slices.Equal(got, []string{"counts"}) {
		t.Errorf("got %v", got)
	}
	if got := s.inspect("cou|nts", 0); !strings.Contains(got, "var counts") {
		t.Errorf("got %q", got)
	}
	broken = false
	c, _ = s.complete("here.|")
	if got := texts(c); !slices.Contains(got, "norm") {
		t.Errorf("afterwards: got %v", got)
	}
}
