package webpage

import (
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// escape matches a terminal's control sequences: CSI (colours and cursor movements) and OSC
// (titles, links).
var escape = regexp.MustCompile("\x1b\\[([0-9;:?]*)[ -/]*([@-~])|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b[@-Z\\\\-_]")

// ansi turns text with a terminal's colours into HTML; other control sequences are left out.
func ansi(text string) template.HTML {
	var b strings.Builder
	var p pen
	write := func(s string) {
		if s == "" {
			return
		}
		s = template.HTMLEscapeString(s)
		class, style := p.attributes()
		if class == "" && style == "" {
			b.WriteString(s)
			return
		}
		b.WriteString("<span")
		if class != "" {
			fmt.Fprintf(&b, ` class="%s"`, class)
		}
		if style != "" {
			fmt.Fprintf(&b, ` style="%s"`, style)
		}
		b.WriteString(">" + s + "</span>")
	}
	last := 0
	for _, m := range escape.FindAllStringSubmatchIndex(text, -1) {
		write(text[last:m[0]])
		last = m[1]
		if m[4] >= 0 && text[m[4]:m[5]] == "m" {
			p.set(text[m[2]:m[3]])
		}
	}
	write(text[last:])
	return template.HTML(b.String())
}

// pen is how a terminal writes at a point of its text.
type pen struct {
	fg, bg                                  string // "", one of eight colours as a digit, or a CSS colour
	bold, faint, italic, underline, inverse bool
}

// set applies the parameters of a "select graphic rendition" sequence.
func (p *pen) set(params string) {
	var codes []int
	for _, f := range strings.FieldsFunc(params+";", func(r rune) bool { return r == ';' || r == ':' }) {
		n, _ := strconv.Atoi(f)
		codes = append(codes, n)
	}
	if len(codes) == 0 {
		codes = []int{0}
	}
	for i := 0; i < len(codes); i++ {
		switch c := codes[i]; {
		case c == 0:
			*p = pen{}
		case c == 1:
			p.bold = true
		case c == 2:
			p.faint = true
		case c == 3:
			p.italic = true
		case c == 4:
			p.underline = true
		case c == 7:
			p.inverse = true
		case c == 22:
			p.bold, p.faint = false, false
		case c == 23:
			p.italic = false
		case c == 24:
			p.underline = false
		case c == 27:
			p.inverse = false
		case c >= 30 && c <= 37, c >= 90 && c <= 97:
			p.fg = strconv.Itoa(c % 10)
		case c >= 40 && c <= 47, c >= 100 && c <= 107:
			p.bg = strconv.Itoa(c % 10)
		case c == 39:
			p.fg = ""
		case c == 49:
			p.bg = ""
		case c == 38 || c == 48:
			colour, used := extended(codes[i+1:])
			i += used
			if c == 38 {
				p.fg = colour
			} else {
				p.bg = colour
			}
		}
	}
}

// extended reads a colour by number (5;n) or by its parts (2;r;g;b), and says how many parameters
// it took.
func extended(codes []int) (colour string, used int) {
	switch {
	case len(codes) >= 2 && codes[0] == 5:
		n := codes[1]
		switch {
		case n < 16:
			return strconv.Itoa(n % 8), 2
		case n >= 232:
			grey := 8 + 10*(n-232)
			return fmt.Sprintf("rgb(%d,%d,%d)", grey, grey, grey), 2
		}
		level := func(k int) int { return []int{0, 95, 135, 175, 215, 255}[k%6] }
		n -= 16
		return fmt.Sprintf("rgb(%d,%d,%d)", level(n/36), level(n/6), level(n)), 2
	case len(codes) >= 4 && codes[0] == 2:
		return fmt.Sprintf("rgb(%d,%d,%d)", codes[1], codes[2], codes[3]), 4
	}
	return "", len(codes)
}

// attributes returns the HTML attributes of text written with the pen.
func (p pen) attributes() (class, style string) {
	var classes, styles []string
	for _, f := range []struct {
		on   bool
		name string
	}{{p.bold, "bold"}, {p.faint, "faint"}, {p.italic, "italic"}, {p.underline, "underline"}, {p.inverse, "inverse"}} {
		if f.on {
			classes = append(classes, "ansi-"+f.name)
		}
	}
	for _, c := range []struct{ colour, class, property string }{{p.fg, "ansi-fg", "color"}, {p.bg, "ansi-bg", "background"}} {
		switch {
		case len(c.colour) == 1:
			classes = append(classes, c.class+c.colour)
		case c.colour != "":
			styles = append(styles, c.property+":"+c.colour)
		}
	}
	return strings.Join(slices.Clip(classes), " "), strings.Join(styles, ";")
}
