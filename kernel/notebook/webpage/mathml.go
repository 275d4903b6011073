package webpage

import (
	"errors"
	"fmt"
	"html/template"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mathML turns a TeX formula into MathML, which browsers draw without scripts. A formula with
// something that this small translator does not know is shown as its TeX text: a reader can still
// make sense of that, but not of half a formula.
func mathML(tex string, block bool) string {
	p := &texParser{src: strings.TrimSpace(tex)}
	rows, err := p.rows("")
	source := template.HTMLEscapeString(strings.TrimSpace(tex))
	if err != nil {
		if block {
			return `<span class="tex" style="display:block;text-align:center">` + source + "</span>"
		}
		return `<span class="tex">` + source + "</span>"
	}
	display := ""
	if block {
		display = ` display="block"`
	}
	return "<math" + display + "><semantics>" + table(rows, "aligned") + `<annotation encoding="application/x-tex">` + source + "</annotation></semantics></math>"
}

// texParser reads TeX from left to right and writes MathML.
type texParser struct {
	src string
	pos int
}

var errTeX = errors.New("TeX that is not known here")

// token returns the next token without taking it: "\name", "\,", or one character; "" at the end.
func (p *texParser) token() string {
	for p.pos < len(p.src) {
		r, n := utf8.DecodeRuneInString(p.src[p.pos:])
		switch {
		case unicode.IsSpace(r):
			p.pos += n
			continue
		case r == '%':
			i := strings.IndexByte(p.src[p.pos:], '\n')
			if i < 0 {
				p.pos = len(p.src)
				return ""
			}
			p.pos += i
			continue
		case r == '\\':
			end := p.pos + 1
			for end < len(p.src) && (p.src[end]|0x20 >= 'a' && p.src[end]|0x20 <= 'z') {
				end++
			}
			if end == p.pos+1 && end < len(p.src) {
				_, n := utf8.DecodeRuneInString(p.src[end:])
				end += n
			}
			return p.src[p.pos:end]
		}
		return p.src[p.pos : p.pos+n]
	}
	return ""
}

func (p *texParser) take() string {
	t := p.token()
	p.pos += len(t)
	return t
}

// rows reads cells between & and rows between \\ up to the end: "\end" of an environment, or of the
// text.
func (p *texParser) rows(end string) (rows [][]string, err error) {
	row := []string{}
	for {
		cell, err := p.sequence(func(t string) bool { return t == "&" || t == `\\` || t == end || t == "" })
		if err != nil {
			return nil, err
		}
		row = append(row, cell)
		switch t := p.take(); {
		case t == "&":
		case t == `\\`:
			rows, row = append(rows, row), []string{}
		case t == end:
			if len(row) > 1 || row[0] != "<mrow></mrow>" || len(rows) == 0 {
				rows = append(rows, row)
			}
			return rows, nil
		default:
			return nil, errTeX
		}
	}
}

// table lays rows out; a single cell needs no table.
func table(rows [][]string, kind string) string {
	if len(rows) == 1 && len(rows[0]) == 1 && kind == "aligned" {
		return rows[0][0]
	}
	var b strings.Builder
	b.WriteString(`<mtable displaystyle="` + fmt.Sprint(kind == "aligned") + `">`)
	for _, row := range rows {
		b.WriteString("<mtr>")
		for i, cell := range row {
			align := "center"
			if kind == "cases" || kind == "aligned" && i%2 == 1 {
				align = "left"
			} else if kind == "aligned" && len(row) > 1 {
				align = "right"
			}
			// Chromium aligns blocks, such as the parts of a formula, only by its own keywords.
			fmt.Fprintf(&b, `<mtd style="text-align:%s;text-align:-webkit-%[1]s">%s</mtd>`, align, cell)
		}
		b.WriteString("</mtr>")
	}
	b.WriteString("</mtable>")
	return b.String()
}

// sequence reads atoms with their scripts until stop says that the next token ends them.
func (p *texParser) sequence(stop func(string) bool) (string, error) {
	var b strings.Builder
	for !stop(p.token()) {
		if p.token() == "" {
			return "", errTeX
		}
		first := p.token()
		a, err := p.scripted()
		if err != nil {
			return "", err
		}
		named := limitFunctions[strings.TrimPrefix(first, `\`)] || functions[strings.TrimPrefix(first, `\`)]
		if next := p.token(); named && !stop(next) && !strings.Contains(`([|\left\,`, next) {
			a += `<mspace width="0.1667em"></mspace>`
		}
		b.WriteString(a)
	}
	return "<mrow>" + b.String() + "</mrow>", nil
}

// scripted reads one atom and its sub- and superscripts.
func (p *texParser) scripted() (string, error) {
	first := p.token()
	limits := bigOperators[first] != "" && bigOperators[first] != "∫" || limitFunctions[strings.TrimPrefix(first, `\`)]
	base := "<mrow></mrow>"
	if first != "_" && first != "^" {
		var err error
		if base, err = p.atom(); err != nil {
			return "", err
		}
	}
	if first == `\underbrace` {
		limits = true
	}
	var sub, sup string
	for {
		switch t := p.token(); {
		case t == "_" && sub == "":
			p.take()
			s, err := p.script()
			if err != nil {
				return "", err
			}
			sub = s
			continue
		case t == "^" && sup == "":
			p.take()
			s, err := p.script()
			if err != nil {
				return "", err
			}
			sup = s
			continue
		case t == "'" && sup == "":
			primes := ""
			for p.token() == "'" {
				p.take()
				primes += "′"
			}
			sup = "<mo>" + primes + "</mo>"
			continue
		}
		break
	}
	under, over, both := "msub", "msup", "msubsup"
	if limits {
		under, over, both = "munder", "mover", "munderover"
	}
	switch {
	case sub != "" && sup != "":
		return fmt.Sprintf("<%s>%s%s%s</%s>", both, base, sub, sup, both), nil
	case sub != "":
		return fmt.Sprintf("<%s>%s%s</%s>", under, base, sub, under), nil
	case sup != "":
		return fmt.Sprintf("<%s>%s%s</%s>", over, base, sup, over), nil
	}
	return base, nil
}

// script reads what _ or ^ raises: in x^12 only the 1.
func (p *texParser) script() (string, error) {
	if t := p.token(); t >= "0" && t <= "9" {
		return "<mn>" + p.take() + "</mn>", nil
	}
	return p.atom()
}

// group reads {...} as one formula, or a single atom.
func (p *texParser) group() (string, error) {
	if p.token() == "{" {
		p.take()
		s, err := p.sequence(func(t string) bool { return t == "}" })
		if err != nil {
			return "", err
		}
		p.take()
		return s, nil
	}
	return p.script()
}

// words reads {...} as plain text.
func (p *texParser) words() (string, error) {
	if p.take() != "{" {
		return "", errTeX
	}
	i := strings.IndexAny(p.src[p.pos:], "{}")
	if i < 0 || p.src[p.pos+i] != '}' {
		return "", errTeX
	}
	s := p.src[p.pos : p.pos+i]
	p.pos += i + 1
	return s, nil
}

// atom reads the smallest thing that can carry a script.
func (p *texParser) atom() (string, error) {
	t := p.token()
	if t == "" {
		return "", errTeX
	}
	if t == "{" {
		return p.group()
	}
	if t[0] == '\\' {
		p.take()
		return p.command(t[1:])
	}
	r, _ := utf8.DecodeRuneInString(t)
	switch {
	case unicode.IsDigit(r):
		start := p.pos
		for p.pos < len(p.src) && (p.src[p.pos] >= '0' && p.src[p.pos] <= '9' || p.src[p.pos] == '.' && p.pos+1 < len(p.src) && p.src[p.pos+1] >= '0' && p.src[p.pos+1] <= '9') {
			p.pos++
		}
		if p.pos == start { // a digit of another alphabet
			p.take()
		}
		return "<mn>" + p.src[start:p.pos] + "</mn>", nil
	case unicode.IsLetter(r):
		p.take()
		return "<mi>" + t + "</mi>", nil
	case strings.ContainsRune("}&^_#~$", r):
		return "", errTeX
	}
	p.take()
	switch t {
	case "-":
		t = "−"
	case "*":
		t = "∗"
	case "'":
		t = "′"
	}
	if strings.ContainsAny(t, "()[]|/") {
		return `<mo stretchy="false">` + t + "</mo>", nil
	}
	return "<mo>" + template.HTMLEscapeString(t) + "</mo>", nil
}
