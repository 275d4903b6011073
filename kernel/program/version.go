package program

import (
	"fmt"
	"go/token"
	"maps"
)

// A Program is one version of the session's program and never changes, so that a cell can be
// planned against the version that another cell, which still runs, is about to make. What versions
// share is in their Tables.

// fork returns a copy for a plan to change.
func (p *Program) fork() *Program {
	q := *p
	q.live, q.imports, q.dots, q.blanks = maps.Clone(p.live), maps.Clone(p.imports), maps.Clone(p.dots), maps.Clone(p.blanks)
	q.owners, q.structs, q.ran, q.defs = maps.Clone(p.owners), maps.Clone(p.structs), maps.Clone(p.ran), maps.Clone(p.defs)
	return &q
}

// structPackage returns the package that owns an unnamed struct type. Two cells that run at the same time must not both
// own one: their types would differ.
func (p *Program) structPackage(key string) *Package {
	if o := p.structs[key]; o != nil {
		return o
	}
	return p.claimed[key]
}

// Claim notes that the plan's package has been loaded: what it owns, no later plan may own.
func (pl *Plan) Claim() {
	pl.p.mu.Lock()
	defer pl.p.mu.Unlock()
	pl.agree()
	for k := range pl.e.structs {
		pl.p.claimed[k] = pl.Package
	}
}

// agree makes the plan's package the one that is known by its path: another plan of the same text
// may have been carried out since this one was made. The caller holds mu.
func (pl *Plan) agree() {
	if known := pl.p.packages[pl.Package.Path]; known != nil {
		pl.Package = known
	}
}

// Fits says whether the plan, which was made for the version p, can still be carried out: p is what holds now, and no cell
// that runs at the same time has taken what the plan's package is to own.
func (pl *Plan) Fits(p *Program) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for k := range pl.e.structs {
		if o := pl.p.claimed[k]; o != nil && o != pl.Package {
			return false
		}
	}
	return pl.base == p
}

// Renumber notes that the cell is run under another number than the one it was parsed with.
func (pl *Plan) Renumber(number int) {
	pl.p.mu.Lock()
	defer pl.p.mu.Unlock()
	pl.cell.Number = number
}

// Without returns the program without some declarations, and the names that it does not know. A type's methods go with it.
func (p *Program) Without(names []string) (q *Program, unknown []string) {
	q = p.fork()
	for _, n := range names {
		if q.live[n] == nil && q.forget(n) {
			continue
		}
		if q.live[n] == nil {
			unknown = append(unknown, n)
			continue
		}
		delete(q.live, n)
		for k, d := range q.live {
			if d.recv == n {
				delete(q.live, k)
			}
		}
	}
	return q, unknown
}

// Joined is what becomes of a plan when other cells have joined the program since it was made.
type Joined struct {
	Program *Program
	// Notes tell the user what does not fit together any more.
	Notes []string
	// Activate holds the keys of functions that the other cells have redefined too: the plan's package must become
	// current again, since it joins last.
	Activate []string
}

// Join returns now with what the plan does, where now is a later version than the one that the plan was made for: cells
// that ran at the same time have changed it. The plan's definitions replace theirs. A definition of either side that was
// compiled against another meaning of a name than the one it has in the end is left out, with a note.
func (pl *Plan) Join(now *Program) Joined {
	before, after := pl.base, pl.p
	if now == before {
		return Joined{Program: after}
	}
	j := Joined{Program: now.fork()}
	q := j.Program
	theirs, mine := differences(before, now), differences(before, after)
	for _, k := range sortedKeys(mine) {
		old, other, d := before.live[k], now.live[k], after.live[k]
		switch {
		case d != nil:
			q.live[k] = d
			if theirs[k] && inPlace(old, d) && inPlace(old, other) {
				j.Activate = append(j.Activate, k)
			}
		case !theirs[k]:
			delete(q.live, k)
		}
	}
	merge(q.imports, before.imports, after.imports)
	merge(q.dots, before.dots, after.dots)
	merge(q.blanks, before.blanks, after.blanks)
	merge(q.owners, before.owners, after.owners)
	merge(q.structs, before.structs, after.structs)
	merge(q.ran, before.ran, after.ran)
	merge(q.defs, before.defs, after.defs)

	// What either side has compiled must find every name as it was there.
	for dropped := true; dropped; {
		dropped = false
		fromMine, fromTheirs := meanings(after, q), meanings(now, q)
		for _, k := range sortedKeys(q.live) {
			d := q.live[k]
			changed := fromMine
			switch {
			case mine[k] && after.live[k] == d:
			case theirs[k]:
				changed = fromTheirs
			default:
				continue
			}
			if name := common(d, changed); name != "" {
				delete(q.live, k)
				j.Notes = append(j.Notes, fmt.Sprintf("%s was removed: a cell that ran at the same time has redefined %s, which it uses; run its cell again", k, name))
				dropped = true
			}
		}
	}
	return j
}

// differences returns the keys under which two versions hold different declarations.
func differences(a, b *Program) map[string]bool {
	keys := map[string]bool{}
	for k, d := range a.live {
		keys[k] = b.live[k] != d
	}
	for k, d := range b.live {
		keys[k] = a.live[k] != d
	}
	maps.DeleteFunc(keys, func(_ string, differs bool) bool { return !differs })
	return keys
}

// meanings returns the names that mean something else in b than in a, so that their users have to be compiled again.
func meanings(a, b *Program) map[string]bool {
	names := map[string]bool{}
	for k := range differences(a, b) {
		old, d := a.live[k], b.live[k]
		if old == nil || inPlace(old, d) { // nobody used it in a, or callers are forwarded
			continue
		}
		name := k
		if old.recv != "" {
			name = old.recv
		}
		names[name] = true
	}
	return names
}

// inPlace says whether a function was redefined so that every caller is forwarded to the new definition.
func inPlace(old, d *Decl) bool {
	return old != nil && d != nil && old.kind == token.FUNC && d.kind == token.FUNC && old.sig == d.sig && !old.fixed && !d.fixed
}

// common returns a name of the set that the declaration uses, or "".
func common(d *Decl, names map[string]bool) string {
	if d.recv != "" && names[d.recv] {
		return d.recv
	}
	for _, n := range sortedKeys(d.uses) {
		if names[n] {
			return n
		}
	}
	return ""
}

// merge applies to m what has changed between before and after.
func merge[K comparable, V comparable](m, before, after map[K]V) {
	for k, v := range after {
		if old, ok := before[k]; !ok || old != v {
			m[k] = v
		}
	}
}
