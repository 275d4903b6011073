package display

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

// table is a rectangle of texts, already reduced to what is shown.
type table struct {
	header  []string
	rows    [][]string
	numbers []bool // by column: aligned to the right
	// at is the number of each row in the whole, or nil where rows have no number (maps).
	at []int
	// total counts are those of the whole, of which the table shows the ends.
	totalRows, totalColumns int
	// text replaces the aligned form in plain text.
	text string
	// caption stands above the table and note below it, in place of its size.
	caption, note string
}

const (
	// mostRows is how many rows are shown: half from the beginning, half from the end.
	mostRows = 20
	// mostColumns likewise.
	mostColumns = 20
	// widest is how much of one cell's text is shown, in runes.
	widest = 60
)

// bundle renders the table as HTML and as aligned text.
func (t *table) bundle() Bundle {
	text := t.text
	if text == "" {
		text = t.plain()
	}
	return HTML(t.html(), cut(text))
}

// shape tells the size of the whole, where it is not all there.
func (t *table) shape() string {
	return fmt.Sprintf("%d rows x %d columns", t.totalRows, t.totalColumns)
}

// gap is the index of the row before which rows are left out, or -1.
func (t *table) gap() int {
	if t.totalRows > len(t.rows) {
		return (len(t.rows) + 1) / 2
	}
	return -1
}

// html has no colours of its own, so that it fits light and dark themes.
func (t *table) html() string {
	var sb strings.Builder
	if t.caption != "" {
		sb.WriteString("<div>" + html.EscapeString(t.caption) + "</div>\n")
	}
	sb.WriteString("<table class=\"dataframe\">\n<thead><tr>")
	if t.at != nil {
		sb.WriteString("<th></th>")
	}
	for i, h := range t.header {
		sb.WriteString("<th" + t.align(i) + ">" + html.EscapeString(h) + "</th>")
	}
	sb.WriteString("</tr></thead>\n<tbody>\n")
	for i, row := range t.rows {
		if i == t.gap() {
			sb.WriteString("<tr>")
			if t.at != nil {
				sb.WriteString("<th>...</th>")
			}
			for j := range t.header {
				sb.WriteString("<td" + t.align(j) + ">...</td>")
			}
			sb.WriteString("</tr>\n")
		}
		sb.WriteString("<tr>")
		if t.at != nil {
			fmt.Fprintf(&sb, "<th>%d</th>", t.at[i])
		}
		for j, text := range row {
			sb.WriteString("<td" + t.align(j) + ">" + html.EscapeString(text) + "</td>")
		}
		sb.WriteString("</tr>\n")
	}
	sb.WriteString("</tbody>\n</table>")
	if t.note != "" {
		sb.WriteString("\n<div " + faint + ">" + html.EscapeString(t.note) + "</div>")
	} else if t.at != nil && t.caption == "" {
		sb.WriteString("\n<p>" + t.shape() + "</p>")
	} else if t.gap() >= 0 {
		fmt.Fprintf(&sb, "\n<p>%d keys</p>", t.totalRows)
	}
	return sb.String()
}

func (t *table) align(column int) string {
	if t.numbers[column] {
		return ` style="text-align: right"`
	}
	return ` style="text-align: left"`
}

// plain aligns the columns for a fixed-width font.
func (t *table) plain() string {
	grid := make([][]string, 0, len(t.rows)+2)
	numbers := t.numbers
	first := t.header
	if t.at != nil {
		first = append([]string{""}, t.header...)
		numbers = append([]bool{true}, numbers...)
	}
	grid = append(grid, first)
	for i, row := range t.rows {
		if i == t.gap() {
			dots := make([]string, len(first))
			for j := range dots {
				dots[j] = "..."
			}
			grid = append(grid, dots)
		}
		if t.at != nil {
			row = append([]string{fmt.Sprint(t.at[i])}, row...)
		}
		grid = append(grid, row)
	}
	widths := make([]int, len(first))
	for _, row := range grid {
		for j, text := range row {
			widths[j] = max(widths[j], utf8.RuneCountInString(text))
		}
	}
	var sb strings.Builder
	if t.caption != "" {
		sb.WriteString(t.caption + "\n")
	}
	for _, row := range grid {
		var line strings.Builder
		for j, text := range row {
			if j > 0 {
				line.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(text))
			if numbers[j] {
				line.WriteString(pad + text)
			} else {
				line.WriteString(text + pad)
			}
		}
		sb.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if t.note != "" {
		sb.WriteString(t.note)
	} else if t.at != nil && t.caption == "" {
		sb.WriteString("\n" + t.shape())
	}
	return strings.TrimRight(sb.String(), "\n")
}

// shown returns the indices of what is shown of n things: all, or the ends.
func shown(n, most int) []int {
	list := make([]int, 0, min(n, most))
	for i := 0; i < n; i++ {
		if n > most && i == most/2 {
			i = n - most/2
		}
		list = append(list, i)
	}
	return list
}

// shorten makes a text fit a cell: one line, not too wide.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.NewReplacer("\n", "⏎", "\t", " ", "\r", "").Replace(s)
	if utf8.RuneCountInString(s) > widest {
		s = string([]rune(s)[:widest-1]) + "…"
	}
	return s
}
