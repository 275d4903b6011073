package console

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// terminal is as much of a terminal as the console needs: text, line ends, colours (which it
// drops), and the sequences that move the cursor or clear.
type terminal struct {
	cooked   bool       // a line feed returns the carriage, as when nobody reads single keys
	rows     [][]string // one grapheme a cell; "" for the right half of a wide one
	row, col int
}

func (t *terminal) Write(b []byte) (int, error) {
	for s := string(b); s != ""; {
		if loc := escapes.FindStringIndex(s); loc != nil && loc[0] == 0 {
			t.sequence(s[2:loc[1]])
			s = s[loc[1]:]
			continue
		}
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(s, -1)
		if cluster == "\r\n" { // two characters to a terminal
			cluster, rest = "\r", s[1:]
		}
		s = rest
		switch cluster {
		case "\r":
			t.col = 0
		case "\n":
			if t.row++; t.cooked {
				t.col = 0
			}
			t.line()
		default:
			t.put(cluster, width)
		}
	}
	return len(b), nil
}

func (t *terminal) sequence(s string) {
	last, size := utf8.DecodeLastRuneInString(s)
	n, err := strconv.Atoi(s[:len(s)-size])
	if err != nil {
		n = 1
	}
	switch last {
	case 'A':
		t.row = max(0, t.row-n)
	case 'C':
		t.col += n
	case 'J':
		if s == "2J" {
			t.rows = nil
			return
		}
		t.rows = t.rows[:min(len(t.rows), t.row+1)]
		if t.row < len(t.rows) {
			t.rows[t.row] = t.rows[t.row][:min(len(t.rows[t.row]), t.col)]
		}
	case 'H':
		t.row, t.col = 0, 0
	}
}

func (t *terminal) line() {
	for len(t.rows) <= t.row {
		t.rows = append(t.rows, nil)
	}
}

func (t *terminal) put(cluster string, width int) {
	t.line()
	if width == 0 { // It belongs to what stands before it.
		if n := len(t.rows[t.row]); n > 0 && t.col > 0 && t.col <= n {
			t.rows[t.row][t.col-1] += cluster
		}
		return
	}
	for len(t.rows[t.row]) < t.col+width {
		t.rows[t.row] = append(t.rows[t.row], " ")
	}
	t.rows[t.row][t.col] = cluster
	for i := 1; i < width; i++ {
		t.rows[t.row][t.col+i] = ""
	}
	t.col += width
}

// text returns what is to be seen; with the cursor as ▮.
func (t *terminal) text(cursor bool) string {
	var lines []string
	for i, row := range t.rows {
		line := strings.Join(row, "")
		if cursor && i == t.row {
			line = strings.Join(row[:min(t.col, len(row))], "") + "▮" + strings.Join(row[min(t.col, len(row)):], "")
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
