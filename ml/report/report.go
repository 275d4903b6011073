package report

import (
	"fmt"
	"html"
	"strings"
)

// Report has the figures of each class and their averages. A notebook shows it as a table.
type Report struct {
	// Classes has the figures of each class, Averages those of Macro and Weighted.
	Classes, Averages []Score
	// Accuracy is over all examples.
	Accuracy float64
	// Total is the number of examples.
	Total int
}

// Report returns all figures.
func (c *Confusion) Report() Report {
	return Report{c.Scores(), []Score{c.Macro(), c.Weighted()}, c.Accuracy(), c.Total()}
}

// String returns the table in plain text.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%16s  %9s  %9s  %9s  %9s\n", "", "precision", "recall", "F1", "examples")
	line := func(s Score) {
		fmt.Fprintf(&b, "%16s  %9.4f  %9.4f  %9.4f  %9d\n", s.Class, s.Precision, s.Recall, s.F1,
			s.Support)
	}
	for _, s := range r.Classes {
		line(s)
	}
	fmt.Fprintf(&b, "%16s  %9s  %9s  %9.4f  %9d\n", "accuracy", "", "", r.Accuracy, r.Total)
	for _, s := range r.Averages {
		line(s)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// HTML returns the table for a notebook.
func (r Report) HTML() string {
	const num = `style="text-align:right;padding:1px 1em;font-variant-numeric:tabular-nums"`
	const rule = ` style="border-top:1px solid rgba(128,128,128,.5)"`
	var b strings.Builder
	b.WriteString(`<table style="border-collapse:collapse;font:13px/1.5 system-ui,sans-serif"><tr><th></th>`)
	for _, h := range []string{"precision", "recall", "F1", "examples"} {
		fmt.Fprintf(&b, "<th %s>%s</th>", num, h)
	}
	b.WriteString("</tr>")
	line := func(style string, s Score) {
		fmt.Fprintf(&b, "<tr%s><th %s>%s</th>", style, num, html.EscapeString(s.Class))
		for _, v := range []float64{s.Precision, s.Recall, s.F1} {
			fmt.Fprintf(&b, "<td %s>%.4f</td>", num, v)
		}
		fmt.Fprintf(&b, "<td %s>%d</td></tr>", num, s.Support)
	}
	for _, s := range r.Classes {
		line("", s)
	}
	fmt.Fprintf(&b, "<tr%s><th %s>accuracy</th><td></td><td></td><td %s>%.4f</td><td %s>%d</td></tr>",
		rule, num, num, r.Accuracy, num, r.Total)
	for _, s := range r.Averages {
		line("", s)
	}
	b.WriteString("</table>")
	return b.String()
}

// String returns the matrix in plain text: a line for each true class, a column for each predicted
// one.
func (c *Confusion) String() string {
	width := 5
	for i, name := range c.Classes {
		width = max(width, len(name)+1)
		for _, k := range c.Counts[i] {
			width = max(width, len(fmt.Sprint(k))+1)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%*s", width, "")
	for _, name := range c.Classes {
		fmt.Fprintf(&b, "%*s", width, name)
	}
	for i, name := range c.Classes {
		fmt.Fprintf(&b, "\n%*s", width, name)
		for _, k := range c.Counts[i] {
			fmt.Fprintf(&b, "%*d", width, k)
		}
	}
	return b.String()
}
