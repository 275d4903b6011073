package conformance

import (
	"fmt"
	"slices"
	"strings"
)

// The lines between which a page holds what Document returns.
const (
	documentStart = "<!-- from kernel/conformance/known.txt by: go run ./kernel/conformance/run -docs -->"
	documentEnd   = "<!-- end -->"
)

// classTitles says what each class means, in the order of the document.
var classTitles = []struct {
	class Class
	title string
}{
	{ByBug, "Wrong in gonbml"},
	{ByPlugin, "What Go's plugins cannot do"},
	{ByProcess, "What a program cannot do when it is not the process's own main program"},
	{ByCell, "What the rules for cells change on purpose"},
	{ByTest, "What does not depend on gonbml"},
}

// Document describes the known failures: how many cases there are of each mode and how many do what
// they should, and then each failure with its reason. A case that fails now and then counts as a
// failure.
func (k Known) Document() string {
	var sb strings.Builder
	sb.WriteString("| cases | number | as they should be | |\n| --- | --- | --- | --- |\n")
	about := map[Mode]string{Whole: "whole programs, each one cell", Split: "the same, one cell for each declaration",
		Errors: "programs with mistakes, each error at its line", Examples: "examples of the standard library"}
	for _, m := range Modes() {
		total := k.totals[m]
		good := total - len(k.Names(m))
		fmt.Fprintf(&sb, "| %s (*%s*) | %d | %d | %.1f%% |\n", about[m], m, total, good, 100*float64(good)/float64(max(1, total)))
	}
	for _, c := range classTitles {
		reasons := k.reasons(c.class)
		if len(reasons) == 0 {
			continue
		}
		sb.WriteString("\n" + c.title + ":\n\n")
		for _, r := range reasons {
			writeItem(&sb, r+": "+strings.Join(k.cases(c.class, r), ", ")+".")
		}
	}
	return sb.String()
}

// writeItem writes an item of a list, in lines of at most 100 columns where its words allow it.
func writeItem(sb *strings.Builder, text string) {
	line := "-"
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > 100 {
			sb.WriteString(line + "\n")
			line = " "
		}
		line += " " + word
	}
	sb.WriteString(line + "\n")
}

// reasons lists the different reasons of a class, sorted.
func (k Known) reasons(c Class) []string {
	var list []string
	for _, f := range k.failures {
		if f.class == c && !slices.Contains(list, f.reason) {
			list = append(list, f.reason)
		}
	}
	slices.Sort(list)
	return list
}

// cases lists the names of the cases that fail for a reason, each with its modes.
func (k Known) cases(c Class, reason string) []string {
	modes := map[string][]string{}
	for _, m := range Modes() {
		for _, name := range k.Names(m) {
			if f := k.failures[knownKey{m, name}]; f.class == c && f.reason == reason {
				modes[name] = append(modes[name], string(m))
			}
		}
	}
	var list []string
	for name, in := range modes {
		list = append(list, fmt.Sprintf("`%s` (%s)", name, strings.Join(in, ", ")))
	}
	slices.Sort(list)
	return list
}

// Rewrite puts the document into its place in a page.
func (k Known) Rewrite(page string) (string, error) {
	before, rest, ok1 := strings.Cut(page, documentStart+"\n")
	_, after, ok2 := strings.Cut(rest, documentEnd)
	if !ok1 || !ok2 {
		return "", fmt.Errorf("expected a page with the lines %q and %q. Got one without", documentStart, documentEnd)
	}
	return before + documentStart + "\n" + k.Document() + documentEnd + after, nil
}
