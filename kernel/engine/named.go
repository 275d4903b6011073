package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/program"
)

// bringNamed looks in the module cache for packages of the names that a cell uses and nobody has
// imported, as GoNB does. It adds the module of one that it finds, and says so; of several it tells
// the cell's errors. It returns true if the cell is to be planned again.
func (r *run) bringNamed(ctx context.Context, refused *program.Refused, tried map[string]bool) bool {
	b := r.session.builder
	brought := false
	for _, name := range slices.Sorted(maps.Keys(refused.Packages)) {
		if tried["name "+name] || len(b.PackagesNamed(name)) > 0 {
			continue
		}
		tried["name "+name] = true
		found := b.InModuleCache(ctx, name, refused.Packages[name])
		switch {
		case len(found) == 0:
		case len(found) > 1 || !r.session.fetches():
			var list []string
			for _, c := range found {
				list = append(list, fmt.Sprintf("import %q", c.Path))
			}
			for i, e := range refused.Errors {
				if e.Message == "undefined: "+name {
					refused.Errors[i].Hint = "this machine has packages of that name: " + strings.Join(list, ", or ")
				}
			}
		default:
			c := found[0]
			salt := b.Salt()
			err := b.Attempt(ctx, says(r.out), func() error { return b.Bring(ctx, c.Path+"@"+c.Version, says(r.out)) })
			if err != nil {
				r.out.Stream("stderr", fmt.Sprintf("note: %s may be %s, which the module cache has, but: %v\n", name, c.Path, err))
				continue
			}
			r.out.Stream("stderr", fmt.Sprintf("note: %s is %s %s, from the module cache\n", name, c.Path, c.Version))
			brought = true
			if b.Salt() != salt {
				if f := r.session.restart(ctx, "the module of "+c.Path+" upgrades a package that the worker has loaded", r.out); f != nil {
					return false
				}
				if f := r.ready(ctx); f != nil {
					return false
				}
			}
		}
	}
	return brought
}
