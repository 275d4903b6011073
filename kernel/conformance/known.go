package conformance

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

//go:embed known.txt
var knownText string

// Class says whose fault a known failure is.
type Class string

// The classes. ByBug is for what is wrong in gonbml; ByPlugin for what Go's plugins cannot do;
// ByProcess for what a program cannot do when it is not the process's own main program; ByCell for
// what the rules for cells change on purpose; ByTest for cases that do not depend on gonbml.
const (
	ByBug     Class = "bug"
	ByPlugin  Class = "plugin"
	ByProcess Class = "process"
	ByCell    Class = "cell"
	ByTest    Class = "test"
)

// Known lists the failures that are known, with their reasons.
type Known struct {
	failures map[knownKey]knownFailure
	totals   map[Mode]int // how many cases there are
}

type knownKey struct {
	mode Mode
	name string
}

type knownFailure struct {
	class  Class
	reason string
}

// ReadKnown reads the list.
func ReadKnown() (Known, error) { return parseKnown(knownText) }

// parseKnown reads lines of a mode, a name, a class and a reason, and others of "total", a mode and
// the number of its cases; empty lines and those that begin with # say nothing. A reason that
// begins with "sometimes" is for a case that passes now and then.
func parseKnown(text string) (Known, error) {
	known := Known{map[knownKey]knownFailure{}, map[Mode]int{}}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) == 3 && f[0] == "total" {
			mode, err1 := ParseMode(f[1])
			n, err2 := strconv.Atoi(f[2])
			if err := errors.Join(err1, err2); err != nil {
				return Known{}, fmt.Errorf("known.txt, line %d: %w", i+1, err)
			}
			known.totals[mode] = n
			continue
		}
		if len(f) < 4 {
			return Known{}, fmt.Errorf("known.txt, line %d: expected a mode, a name, a class and a reason; got %q", i+1, line)
		}
		mode, err := ParseMode(f[0])
		if err != nil {
			return Known{}, fmt.Errorf("known.txt, line %d: %w", i+1, err)
		}
		class := Class(f[2])
		if classes := []Class{ByBug, ByPlugin, ByProcess, ByCell, ByTest}; !slices.Contains(classes, class) {
			return Known{}, fmt.Errorf("known.txt, line %d: expected a class of %v; got %q", i+1, classes, f[2])
		}
		key := knownKey{mode, f[1]}
		if _, twice := known.failures[key]; twice {
			return Known{}, fmt.Errorf("known.txt, line %d: %s %s is listed twice", i+1, mode, f[1])
		}
		known.failures[key] = knownFailure{class, strings.Join(f[3:], " ")}
	}
	return known, nil
}

// Surprise says how a result is not what the list says; "" if it is.
func (k Known) Surprise(r Result) string {
	listed, ok := k.failures[knownKey{r.Mode, r.Name}]
	switch {
	case r.Verdict == Fail && !ok:
		return " (new: known.txt does not list it)"
	case r.Verdict == Pass && ok && !strings.HasPrefix(listed.reason, "sometimes "):
		return fmt.Sprintf(" (good news: take it out of known.txt, which says %s: %s)", listed.class, listed.reason)
	}
	return ""
}

// Names lists the known failures of a mode.
func (k Known) Names(m Mode) []string {
	var names []string
	for key := range k.failures {
		if key.mode == m {
			names = append(names, key.name)
		}
	}
	slices.Sort(names)
	return names
}

// Counted says how the number of a mode's cases is not what the list says; "" if it is.
func (k Known) Counted(m Mode, n int) string {
	if n == k.totals[m] {
		return ""
	}
	return fmt.Sprintf("known.txt says that there are %d cases of mode %s", k.totals[m], m)
}
