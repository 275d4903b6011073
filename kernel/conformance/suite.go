package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/engine"
)

// Suite holds the cases of one mode.
type Suite struct {
	mode  Mode
	cases []testCase
	env   []string // what the cases need, beside Engine.Env
	// Engine says how to start engines; WorkDir is left to the suite.
	Engine engine.Options
	// Limit is how long a case may take; the default is 90 seconds.
	Limit time.Duration
	// Parallel is how many engines run at a time; the default is 2.
	Parallel int
}

// testCase is one case: a name, and how to run it in a session.
type testCase struct {
	name string
	run  func(ctx context.Context, s *Session) (Result, error)
}

// NewSuite collects the cases of a mode.
func NewSuite(ctx context.Context, mode Mode, t *Toolchain) (*Suite, error) {
	s := &Suite{mode: mode}
	var err error
	switch mode {
	case Whole, Split:
		s.cases, err = programCases(ctx, mode, t)
	case Errors:
		s.cases, err = errorCases(t)
	case Examples:
		s.cases, err = exampleCases(t)
		s.env = []string{"TZ=America/Los_Angeles"} // as the tests of package time set it
	default:
		err = fmt.Errorf("expected a mode of %v; got %q", Modes(), mode)
	}
	if err != nil {
		return nil, fmt.Errorf("cases of mode %s: %w", mode, err)
	}
	return s, nil
}

// Names lists the cases.
func (s *Suite) Names() []string {
	names := make([]string, len(s.cases))
	for i, c := range s.cases {
		names[i] = c.name
	}
	return names
}

// Sample picks n of the names, evenly; all of them if n is 0 or more than there are.
func Sample(names []string, n int) []string {
	if n <= 0 || n >= len(names) {
		return names
	}
	picked := make([]string, n)
	for i := range picked {
		picked[i] = names[i*len(names)/n]
	}
	return picked
}

// Run runs the named cases and hands each result to report, from one goroutine at a time. It
// returns an error when it could not do its work, not when a case fails.
func (s *Suite) Run(ctx context.Context, names []string, report func(Result)) error {
	var todo []testCase
	for _, name := range names {
		i := slices.IndexFunc(s.cases, func(c testCase) bool { return c.name == name })
		if i < 0 {
			return fmt.Errorf("expected the name of a case of mode %s; got %q", s.mode, name)
		}
		todo = append(todo, s.cases[i])
	}
	parallel := s.Parallel
	if parallel <= 0 {
		parallel = 2
	}
	queue := make(chan testCase)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	for range min(parallel, max(1, len(todo))) {
		wg.Go(func() {
			err := s.work(ctx, queue, func(r Result) {
				mu.Lock()
				defer mu.Unlock()
				report(r)
			})
			if err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
				cancel()
			}
		})
	}
	for _, c := range todo {
		select {
		case queue <- c:
		case <-ctx.Done():
		}
	}
	close(queue)
	wg.Wait()
	return errors.Join(errs...)
}

// work runs cases on one engine.
func (s *Suite) work(ctx context.Context, queue <-chan testCase, report func(Result)) (err error) {
	limit := s.Limit
	if limit == 0 {
		limit = 90 * time.Second
	}
	var session *Session
	defer func() {
		if session != nil {
			err = errors.Join(err, session.Close())
		}
	}()
	for c := range queue {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if session == nil {
			o := s.Engine
			o.Env = append(slices.Clone(o.Env), s.env...)
			if session, err = NewSession(ctx, o, limit); err != nil {
				return err
			}
		}
		start := time.Now()
		r, err := c.run(ctx, session)
		if err != nil {
			return fmt.Errorf("%s %s: %w", s.mode, c.name, err)
		}
		r.Mode, r.Name, r.Took = s.mode, c.name, time.Since(start)
		report(r)
	}
	return nil
}

// programCases makes the cases of the modes whole and split.
func programCases(ctx context.Context, mode Mode, t *Toolchain) ([]testCase, error) {
	programs, err := Programs(t.GOROOT, "// run")
	if err != nil {
		return nil, err
	}
	var lib *Library
	if mode == Split {
		if lib, err = NewLibrary(ctx); err != nil {
			return nil, err
		}
	}
	var cases []testCase
	for _, p := range programs {
		cases = append(cases, testCase{p.Name, func(ctx context.Context, s *Session) (Result, error) {
			return runProgram(ctx, s, t, lib, p)
		}})
	}
	return cases, nil
}

// runProgram runs a program as one cell, or cut up if lib is not nil, and compares with what it
// does by itself.
func runProgram(ctx context.Context, s *Session, t *Toolchain, lib *Library, p Program) (Result, error) {
	ref, err := t.Reference(ctx, p)
	if err != nil {
		return Result{}, err
	}
	if ref.Problem != "" {
		return Result{Verdict: Skip, Reason: ref.Problem}, nil
	}
	cells := []string{p.Text}
	if lib != nil {
		if cells, err = SplitProgram(p, lib); err != nil {
			return Result{Verdict: Skip, Reason: err.Error()}, nil
		}
	}
	remove, err := s.Fresh(ctx, "")
	if err != nil {
		return Result{}, err
	}
	defer remove()
	return verdict(differs(s.Run(ctx, cells), ref), len(cells)), nil
}

func verdict(reason string, cells int) Result {
	r := Result{Verdict: Pass, Reason: reason, Cells: cells}
	if reason != "" {
		r.Verdict = Fail
	}
	return r
}
