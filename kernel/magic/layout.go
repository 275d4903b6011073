package magic

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Layout says which parts of a cell are Go. It is for editors, which look at a text while it is
// being written: it accepts wrong commands and keeps every offset.
type Layout struct {
	// Go is the text with everything that is not Go replaced by spaces, except line ends.
	Go string
	// Main is the offset of the line after %% or %main, where the body of func main begins; -1 if
	// there is no such line.
	Main int
	// Commands are the command lines in the order of the text. A command with continuation lines is
	// one span.
	Commands []Span
	// Whole says that the cell's first line is a cell magic, and so nothing in the cell is Go.
	Whole bool
}

// Span is a part of a text: the offsets of its first byte and of the byte after its last.
type Span struct{ Start, End int }

// LayoutOf returns the layout of a text.
func LayoutOf(code string) Layout {
	lines := strings.SplitAfter(code, "\n")
	l := Layout{Main: -1}
	if w, _, err := whole(lines); w != nil || err != nil {
		first := 0
		for strings.TrimSpace(lines[first]) == "" {
			first++
		}
		start := len(strings.Join(lines[:first], ""))
		return Layout{Go: Blank(code), Main: -1, Whole: true, Commands: []Span{{start, start + len(strings.TrimRight(lines[first], "\r\n"))}}}
	}
	var kept strings.Builder
	g := newGoText(code)
	for i := 0; i < len(lines); {
		line, is := g.command(i)
		if !is {
			kept.WriteString(lines[i])
			i++
			continue
		}
		start, last := g.starts[i], i
		for strings.HasSuffix(line, `\`) && last+1 < len(lines) {
			last++
			line = uncomment(strings.TrimRight(lines[last], "\r\n"))
		}
		text := strings.Join(lines[i:last+1], "")
		kept.WriteString(Blank(text))
		g.skip(last + 1)
		l.Commands = append(l.Commands, Span{start, start + len(strings.TrimRight(text, "\r\n"))})
		if f := fields(strings.TrimLeft(uncomment(text)[1:], " \t")); uncomment(text)[0] == '%' && len(f) > 0 && (f[0] == "%" || f[0] == "main") && l.Main < 0 {
			l.Main = start + len(text)
		}
		i = last + 1
	}
	l.Go = kept.String()
	return l
}

// Blank replaces everything but line ends by spaces.
func Blank(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

// Description is the help about one command.
type Description struct {
	// Name is the command with its sign, such as "%cd" or "%%bash".
	Name string
	// Usage is the command with its operands.
	Usage string
	// Text says what it does, in Markdown.
	Text string
}

var (
	helpRow  = regexp.MustCompile("(?m)^\\| (`[%!][^|]*) \\| (.*) \\|$")
	helpCode = regexp.MustCompile("`(%[^`]*)`")
)

// Descriptions lists all % commands, sorted by name.
func Descriptions() []Description {
	known := map[string]Description{}
	for _, name := range append(slices.Collect(maps.Keys(aliases)), names...) {
		known["%"+name] = Description{Name: "%" + name, Usage: "%" + name}
	}
	for _, row := range helpRow.FindAllStringSubmatch(HelpText, -1) {
		for _, usage := range helpCode.FindAllStringSubmatch(row[1], -1) {
			name, _, _ := strings.Cut(usage[1], " ")
			if d, ok := known[name]; ok {
				d.Usage, d.Text = usage[1], row[2]
				known[name] = d
			}
		}
	}
	for alias, name := range aliases {
		d := known["%"+name]
		known["%"+alias] = Description{Name: "%" + alias, Usage: strings.Replace(d.Usage, "%"+name, "%"+alias, 1), Text: d.Text}
	}
	return slices.SortedFunc(maps.Values(known), func(a, b Description) int { return strings.Compare(a.Name, b.Name) })
}
