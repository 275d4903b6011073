package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// player plays one session.
type player struct {
	t    *testing.T
	work string // what $WORK stands for
	env  []string
	late string // a promise about time that was not kept

	e         *engine.Engine   // nil until something needs it
	played    []*play          // all of this engine, expressions included
	cells     int              // how many of them count
	last      map[string]*play // the last of each lane
	announced int              // queued cells that are announced and have not run
}

// play is one cell as it is played.
type play struct {
	*user
	number int
	source string
	// expression says that it is evaluated only.
	expression bool

	done    chan struct{} // closed when it has ended; the next four are set before
	failure *exec.Failure
	shown   string // when it ended, the failure included
	seen    int    // bytes of text shown by then, and later ones that were wanted
	ended   time.Time

	compared       bool // with what it is to show
	loads, compile int  // of the engine when it began
}

func (p *player) play(sections []section) {
	for i := 0; i < len(sections); i++ {
		s := sections[i]
		switch s.verb {
		case "env":
			p.env = append(p.env, strings.Fields(p.here(s.text))...)
		case "file":
			p.file(s)
		case "cell", "expression":
			i += p.cell(s, sections[i+1:])
		case "want":
			p.compare(p.of(s.lane), s.text)
		case "trace":
			p.trace(p.of(s.lane), s.text)
		case "input", "begun", "asked":
			p.t.Fatalf("section %s: it belongs behind its cell, before all others", s.verb)
		case "later":
			p.later(s)
		case "interrupt":
			p.interrupt(s)
		case "restart":
			p.close()
		case "list":
			p.like("the list of the session", p.read(func(context.Context) string { return p.engine().Session(s.lane).List() }), s.text)
		case "complete":
			p.like("completion", p.read(func(ctx context.Context) string {
				return candidates(p.engine().Complete(ctx, s.rest, len([]rune(s.rest))))
			}), s.text)
		case "inspect":
			p.like("inspection", p.read(func(ctx context.Context) string {
				found := p.engine().Inspect(ctx, s.rest, len([]rune(s.rest)), 0)
				return fmt.Sprint(found.Data["text/plain"])
			}), s.text)
		}
	}
	p.close()
}

// engine returns the session's engine.
func (p *player) engine() *engine.Engine {
	if p.e == nil {
		book := filepath.Join(p.work, "book")
		if err := os.MkdirAll(book, 0o700); err != nil {
			p.t.Fatal(err)
		}
		p.e, p.last = openEngine(p.t, engine.Options{WorkDir: book, Env: p.env}), map[string]*play{}
	}
	return p.e
}

// close ends the session. Then nothing may have been shown that was not wanted.
func (p *player) close() {
	p.t.Helper()
	for _, c := range p.played {
		p.settle(c)
	}
	if p.e == nil {
		return
	}
	if err := p.e.Close(); err != nil {
		p.t.Errorf("closing the engine: %v", err)
	}
	for _, c := range p.played {
		if more := c.text()[c.seen:]; more != "" {
			p.t.Errorf("cell %d shows after its end, and nothing wants it:\n%s", c.number, more)
		}
	}
	p.e, p.played, p.cells = nil, nil, 0
}

// settle waits for a cell's end and makes sure that what it shows was wanted.
func (p *player) settle(c *play) {
	if !c.compared {
		p.compare(c, "")
	}
}

// of returns the last cell of a lane.
func (p *player) of(lane string) *play {
	c := p.last[lane]
	if c == nil {
		p.t.Fatalf("lane %q has no cell", lane)
	}
	return c
}

// cell plays a cell or an expression; about are the sections behind it. It returns how many of
// these are the cell's own.
func (p *player) cell(s section, about []section) int {
	e := p.engine()
	if c := p.last[s.lane]; c != nil {
		p.settle(c)
	}
	c := &play{user: &user{recorder: &recorder{}, t: p.t}, number: p.cells + 1, source: p.here(s.text),
		expression: s.verb == "expression", done: make(chan struct{}), loads: e.Loads(), compile: e.Compiled()}
	if !c.expression {
		p.cells++
	}
	p.played, p.last[s.lane] = append(p.played, c), c
	words := strings.Fields(s.rest)
	for _, w := range words {
		if !slices.Contains([]string{"unchanged", "cached", "queued"}, w) {
			p.t.Fatalf("section cell: what is %q?", w)
		}
	}
	if slices.Contains(words, "queued") {
		p.announce(s, about)
	}
	own, goOn := c.attend(s, about)
	request := exec.Request{Code: c.source, Count: c.number, Lane: s.lane, Expression: c.expression,
		AllowStdin: c.answers != nil || c.asked != nil}
	ctx := testlimit.Context(p.t)
	go func() {
		c.failure = e.Execute(ctx, request, c)
		c.ended = time.Now()
		c.shown = c.text()
		c.seen = len(c.shown)
		if c.failure != nil {
			c.shown += "! " + c.failure.Error() + "\n"
		}
		close(c.done)
	}()
	if goOn != nil {
		p.begun(c, *goOn)
		return own
	}
	p.wait(c)
	unchanged := slices.Contains(words, "unchanged")
	if got := e.Loads() - c.loads; unchanged && got != 0 {
		p.t.Errorf("cell %d: loaded %d packages, want none", c.number, got)
	}
	if got := e.Compiled() - c.compile; (unchanged || slices.Contains(words, "cached")) && got != 0 {
		p.t.Errorf("cell %d: compiled %d packages, want none", c.number, got)
	}
	if slices.Contains(words, "queued") && c.failure != nil {
		e.Withdraw(s.lane)
	}
	return own
}

// attend reads the sections directly behind a cell that say what happens while it runs, and returns
// how many there are, and after which the session goes on before the cell has ended.
func (c *play) attend(s section, about []section) (own int, goOn *section) {
	for ; own < len(about) && about[own].lane == s.lane; own++ {
		a := &about[own]
		switch a.verb {
		case "input":
			c.answers = strings.Split(a.text, "\n")
		case "asked":
			c.asked, goOn = make(chan string, 1), a
		case "begun":
			goOn = a
		default:
			return own, goOn
		}
	}
	return own, goOn
}

// announce announces a queued cell and those behind it, unless one before it has done so.
func (p *player) announce(s section, about []section) {
	if p.announced > 0 {
		p.announced--
		return
	}
	p.engine().Announce(s.lane, p.here(s.text))
	for _, a := range about {
		if a.verb != "cell" || a.lane != s.lane {
			continue
		}
		if a.rest != s.rest {
			break
		}
		p.engine().Announce(s.lane, p.here(a.text))
		p.announced++
	}
}

// begun waits until a cell has shown or asked something.
func (p *player) begun(c *play, s section) {
	if s.verb == "asked" {
		select {
		case question := <-c.asked:
			p.like(fmt.Sprintf("what cell %d asks", c.number), question, s.text)
		case <-c.done:
			p.t.Errorf("cell %d has asked nothing", c.number)
		}
		return
	}
	begun := pattern(s.text, "", "")
	text := c.until(p.t, fmt.Sprintf("the begin of cell %d", c.number), c.done, func(text string) bool { return begun.MatchString(p.portable(text)) })
	if !begun.MatchString(p.portable(text)) {
		p.t.Errorf("cell %d has ended and not shown %q, but\n%s", c.number, s.text, text)
	}
}

// wait waits for a cell's end.
func (p *player) wait(c *play) {
	p.t.Helper()
	testlimit.Receive(p.t, fmt.Sprintf("the end of cell %d", c.number), c.done)
}

// compare waits for a cell's end and compares what it has shown.
func (p *player) compare(c *play, want string) {
	p.t.Helper()
	p.wait(c)
	c.compared = true
	if got := p.portable(c.shown); !matches(got, want) {
		p.t.Errorf("cell %d:\n%s\n--- got\n%s--- want\n%s", c.number, c.source, got, want)
		if c.failure != nil {
			p.t.Logf("traceback:\n%s", strings.Join(c.failure.Traceback, "\n"))
		}
	}
	if len(c.answers) > 0 {
		p.t.Errorf("cell %d has not asked for %q", c.number, c.answers)
	}
	if c.failure != nil {
		all := strings.Join(c.failure.Traceback, "\n")
		if strings.Contains(all, "/gen") || strings.Count(all, "\n") > 70 {
			p.t.Errorf("cell %d: the traceback is to show no more than the lines of cells:\n%s", c.number, all)
		}
	}
}

// trace looks for texts in a failure's traceback.
func (p *player) trace(c *play, want string) {
	p.t.Helper()
	p.wait(c)
	if c.failure == nil {
		p.t.Errorf("cell %d did not fail", c.number)
		return
	}
	all := p.portable(ansi.ReplaceAllString(strings.Join(c.failure.Traceback, "\n"), ""))
	rest := all
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		at := pattern(line, "", "").FindStringIndex(rest)
		if at == nil {
			p.t.Errorf("cell %d: traceback lacks %q (in this order):\n%s", c.number, line, all)
			return
		}
		rest = rest[at[1]:]
	}
}

// later waits for what a cell shows after its end.
func (p *player) later(s section) {
	number, err := strconv.Atoi(s.rest)
	at := slices.IndexFunc(p.played, func(c *play) bool { return c.number == number && !c.expression })
	if err != nil || at < 0 {
		p.t.Fatalf("section later %s: no such cell", s.rest)
	}
	c := p.played[at]
	p.wait(c)
	text := c.until(p.t, fmt.Sprintf("what cell %d shows later", number), nil, func(text string) bool { return matches(p.plain(text[c.seen:]), s.text) })
	c.seen = len(text)
}

// interrupt interrupts cells.
func (p *player) interrupt(s section) {
	press := p.engine().Interrupt
	if s.lane != "" {
		press = func() { p.e.InterruptLane(s.lane) }
	}
	if s.rest == "again" {
		c := p.of(s.lane)
		testlimit.Until(p.t, "the end of a cell that is interrupted again and again", func() bool {
			select {
			case <-c.done:
				return true
			default:
				press()
				return false
			}
		})
		return
	}
	begun := time.Now()
	press()
	promise, ok := strings.CutPrefix(s.rest, "within ")
	if !ok {
		if s.rest != "" {
			p.t.Fatalf("section interrupt: what is %q?", s.rest)
		}
		return
	}
	within, err := time.ParseDuration(promise)
	if err != nil {
		p.t.Fatal(err)
	}
	c := p.of(s.lane)
	p.wait(c)
	if took := c.ended.Sub(begun); took > within {
		p.late = fmt.Sprintf("cell %d has ended %v after the interrupt, want it within %v,", c.number, took, within)
	}
}

func (p *player) file(s section) {
	name := filepath.Join(p.work, "book", s.rest)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(p.here(s.text)+"\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// read asks the engine something that must not wait for a cell.
func (p *player) read(f func(context.Context) string) string {
	p.t.Helper()
	ctx, answer := testlimit.Context(p.t), make(chan string, 1)
	p.engine()
	go func() { answer <- f(ctx) }()
	return testlimit.Receive(p.t, "reading the session", answer)
}

func (p *player) like(what, got, want string) {
	p.t.Helper()
	if got = p.plain(got); !matches(got, want) {
		p.t.Errorf("%s\n--- got\n%s\n--- want\n%s", what, got, want)
	}
}

// here puts the session's folder into a text. portable is the way back, and plain takes colours
// out, too.
func (p *player) here(s string) string     { return strings.ReplaceAll(s, "$WORK", p.work) }
func (p *player) portable(s string) string { return strings.ReplaceAll(s, p.work, "$WORK") }
func (p *player) plain(s string) string    { return p.portable(ansi.ReplaceAllString(s, "")) }
