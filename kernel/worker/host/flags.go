package host

import (
	"flag"
	"sync"
)

// cellFlags are the names of the flags that cell code has defined.
var cellFlags struct {
	sync.Mutex
	defined map[string]bool
}

// initFlags makes flag.Parse panic where it would end the process.
func initFlags() { flag.CommandLine.Init("", flag.PanicOnError) }

// Flag implements rt.Host. Package flag cannot forget a flag, so that a set without it takes the
// place of its own. A flag that no cell has defined stays: there the clash is real.
func (h *host) Flag(name string) {
	cellFlags.Lock()
	defer cellFlags.Unlock()
	if cellFlags.defined == nil {
		cellFlags.defined = map[string]bool{}
	}
	old := flag.CommandLine
	if old.Lookup(name) == nil {
		cellFlags.defined[name] = true
		return
	}
	if !cellFlags.defined[name] {
		return
	}
	flags := flag.NewFlagSet(old.Name(), old.ErrorHandling())
	flags.Usage = func() { flag.Usage() }
	old.VisitAll(func(f *flag.Flag) {
		if f.Name != name {
			flags.Var(f.Value, f.Name, f.Usage)
			flags.Lookup(f.Name).DefValue = f.DefValue
		}
	})
	flag.CommandLine = flags
}
