package engine

import (
	"context"
	"slices"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/cell"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
)

// mostAhead is how many cells of a lane are prepared while one runs.
const mostAhead = 8

// ahead is what a lane does for the cells that wait in it while one runs: they are checked against the program as it will
// be when the cells before them have joined it, and compiled. Nobody can see that it happens: a preparation runs nothing,
// fetches nothing and loads nothing, is used only if the program then is the very one that it was made for, and is
// forgotten without a word where it fails. session.mu guards it.
type ahead struct {
	announced []string    // texts of cells that wait
	made      []*prepared // for the first of them
	busy      bool        // a goroutine makes the next one
}

// prepared is a cell that was prepared before its turn.
type prepared struct {
	base, after *program.Program // without and with the cell; after is nil where the cell could not be prepared
	plan        *program.Plan    // nil for one that did not change

	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed at the end; object and err are set before
	object build.Object
	err    error
}

// clear forgets all that was announced and prepared.
func (a *ahead) clear() {
	a.announced = nil
	a.cut(0)
}

// cut forgets what was prepared from the i-th cell on.
func (a *ahead) cut(i int) {
	for _, p := range a.made[i:] {
		p.cancel()
	}
	a.made = a.made[:i]
}

// take ends the waiting of a cell and of those before it, and returns what was prepared for it, or nil.
func (a *ahead) take(code string) *prepared {
	for i, c := range a.announced {
		if c != code {
			continue
		}
		a.announced = a.announced[i+1:]
		if i >= len(a.made) {
			a.cut(0)
			return nil
		}
		p := a.made[i]
		a.made = a.made[i+1:]
		return p
	}
	return nil
}

// take ends the waiting of a lane's cell, and returns what was prepared for it, or nil.
func (s *session) take(l *lane, code string) *prepared {
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.ahead.take(code)
}

// announce says that a cell with this text waits in the lane.
func (s *session) announce(name, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.laneLocked(name)
	l.ahead.announced = append(l.ahead.announced, code)
	s.lookAhead(l)
}

// withdraw takes back what was announced.
func (s *session) withdraw(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.laneLocked(name).ahead.clear()
}

// lookAhead begins to prepare what waits in a lane behind a cell that runs. The caller holds mu.
func (s *session) lookAhead(l *lane) {
	if !l.ahead.busy && !s.closed {
		if p, code := l.nextAhead(); p != nil {
			l.ahead.busy = true
			s.looking.Go(func() { s.prepareAhead(l, p, code) })
		}
	}
}

// nextAhead returns what is to be prepared next, if there is something. The caller holds mu.
func (l *lane) nextAhead() (p *prepared, code string) {
	a := &l.ahead
	if len(a.made) > 0 && l.coming != nil && a.made[0].base != l.coming {
		a.cut(0)
	}
	base, i := l.coming, len(a.made)
	if i > 0 {
		base = a.made[i-1].after
	}
	if l.coming == nil || base == nil || i == len(a.announced) || i == mostAhead {
		return nil, ""
	}
	p = &prepared{base: base, done: make(chan struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	a.made = append(a.made, p)
	return p, a.announced[i]
}

// prepareAhead prepares one cell after the other, until there is none.
func (s *session) prepareAhead(l *lane, p *prepared, code string) {
	for p != nil {
		p.make(s.builder, code)
		if p.plan != nil {
			p.object, p.err = s.builder.Compile(p.ctx, unit(p.plan, nil))
		}
		p.cancel()
		close(p.done)
		s.mu.Lock()
		if p, code = l.nextAhead(); p == nil {
			l.ahead.busy = false
		}
		s.mu.Unlock()
	}
}

// make plans the cell before its turn, unless that could be noticed: a command may change anything,
// what lies in files may change until then, and a package that the session does not know yet would
// become known to it. A panic comes again when it is the cell's turn, and is told then.
func (p *prepared) make(b *build.Builder, code string) {
	defer func() { _ = recover() }()
	mc, err := magic.Parse(code)
	if err != nil || mc.Whole != nil || mc.Test != nil || mc.Wasm || len(mc.Commands) > 0 || cell.UsesCgo(mc.Go) {
		return
	}
	if !mc.HasGo() || p.base.Unchanged(mc.Go) != nil {
		p.after = p.base
		return
	}
	c, err := p.base.Parse(0, mc.Go)
	if err != nil || slices.ContainsFunc(c.Steps, func(s *cell.Step) bool { return s.Embed != "" }) {
		return
	}
	lib := &loadedLibrary{library: library{b}}
	plan, err := p.base.PlanWith(lib, c)
	if err != nil || lib.refused {
		return
	}
	p.plan, p.after = plan, plan.Commit()
}

// fits waits for the preparation to end and says whether it can be used for the program now, by the
// cell of that number.
func (p *prepared) fits(ctx context.Context, now *program.Program, number int) bool {
	select {
	case <-p.done:
	case <-ctx.Done():
		return false
	}
	if p.plan == nil || p.err != nil {
		return false
	}
	if !p.plan.Fits(now) {
		return false
	}
	p.plan.Renumber(number)
	return true
}
