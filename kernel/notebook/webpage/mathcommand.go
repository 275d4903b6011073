package webpage

import (
	"fmt"
	"html/template"
	"strings"
	"unicode"
)

// command writes what stands for \name, whose arguments follow.
func (p *texParser) command(name string) (string, error) {
	if s, ok := letters[name]; ok {
		if unicode.IsUpper([]rune(s)[0]) {
			return `<mi mathvariant="normal">` + s + "</mi>", nil
		}
		return "<mi>" + s + "</mi>", nil
	}
	if s, ok := operators[name]; ok {
		return "<mo>" + template.HTMLEscapeString(s) + "</mo>", nil
	}
	if s, ok := bigOperators[`\`+name]; ok {
		return `<mo>` + s + "</mo>", nil
	}
	if w, ok := spaces[name]; ok {
		return `<mspace width="` + w + `"></mspace>`, nil
	}
	if limitFunctions[name] || functions[name] {
		return "<mi>" + name + "</mi>", nil
	}
	if accent, ok := accents[name]; ok {
		g, err := p.group()
		return `<mover accent="true">` + g + `<mo stretchy="` + fmt.Sprint(name[0] == 'w' || name == "overline") + `">` + accent + "</mo></mover>", err
	}
	switch name {
	case "frac", "dfrac", "tfrac", "binom":
		a, err := p.group()
		if err != nil {
			return "", err
		}
		b, err := p.group()
		if name == "binom" {
			return "<mrow><mo>(</mo><mfrac linethickness=\"0\">" + a + b + "</mfrac><mo>)</mo></mrow>", err
		}
		return "<mfrac>" + a + b + "</mfrac>", err
	case "sqrt":
		if p.token() == "[" {
			p.take()
			index, err := p.sequence(func(t string) bool { return t == "]" })
			if err != nil {
				return "", err
			}
			p.take()
			g, err := p.group()
			return "<mroot>" + g + index + "</mroot>", err
		}
		g, err := p.group()
		return "<msqrt>" + g + "</msqrt>", err
	case "underbrace":
		g, err := p.group()
		return "<munder>" + g + "<mo>⏟</mo></munder>", err
	case "text", "textrm", "mbox", "textit", "textbf", "texttt":
		s, err := p.words()
		return "<mtext>" + strings.ReplaceAll(template.HTMLEscapeString(s), " ", "\u00a0") + "</mtext>", err
	case "operatorname", "mathrm", "mathsf", "mathtt":
		s, err := p.words()
		return `<mi mathvariant="normal">` + template.HTMLEscapeString(strings.ReplaceAll(s, " ", "")) + "</mi>", err
	case "mathbf", "boldsymbol", "bm", "mathbb", "mathcal", "mathit":
		return p.variant(name)
	case "left":
		return p.fenced()
	case "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "limits", "nonumber", "!":
		return "", nil
	case "begin":
		return p.environment()
	}
	return "", errTeX
}

// variant writes letters in another alphabet: MathML Core has no attribute for that, Unicode has
// the letters.
func (p *texParser) variant(name string) (string, error) {
	braced := p.token() == "{"
	var s string
	if braced {
		var err error
		if s, err = p.words(); err != nil {
			return "", err
		}
	} else {
		s = p.take()
	}
	if l, ok := letters[strings.TrimPrefix(s, `\`)]; ok && strings.HasPrefix(s, `\`) {
		s = l
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteString("<mi")
		if name != "mathit" {
			b.WriteString(` mathvariant="normal"`)
		}
		b.WriteString(">" + template.HTMLEscapeString(string(alphabet(name, r))) + "</mi>")
	}
	return "<mrow>" + b.String() + "</mrow>", nil
}

// fenced reads what stands between \left and \right.
func (p *texParser) fenced() (string, error) {
	open, err := p.delimiter()
	if err != nil {
		return "", err
	}
	body, err := p.sequence(func(t string) bool { return t == `\right` })
	if err != nil {
		return "", err
	}
	p.take()
	shut, err := p.delimiter()
	return "<mrow>" + open + body + shut + "</mrow>", err
}

func (p *texParser) delimiter() (string, error) {
	t := p.take()
	if t == "." {
		return "", nil
	}
	if s, ok := operators[strings.TrimPrefix(t, `\`)]; ok && len(t) > 1 {
		t = s
	}
	if t == "" || !strings.ContainsAny(t, "()[]{}|/‖⟨⟩⌊⌋⌈⌉<>") {
		return "", errTeX
	}
	return `<mo stretchy="true">` + template.HTMLEscapeString(t) + "</mo>", nil
}

// environment reads \begin{name}...\end{name}.
func (p *texParser) environment() (string, error) {
	name, err := p.words()
	if err != nil {
		return "", err
	}
	kind := strings.TrimSuffix(name, "*")
	fences := map[string][2]string{
		"matrix": {"", ""}, "pmatrix": {"(", ")"}, "bmatrix": {"[", "]"}, "Bmatrix": {"{", "}"}, "vmatrix": {"|", "|"},
		"cases": {"{", ""}, "aligned": {"", ""}, "align": {"", ""}, "split": {"", ""}, "gathered": {"", ""}, "equation": {"", ""},
	}
	f, ok := fences[kind]
	if !ok {
		return "", errTeX
	}
	rows, err := p.rows(`\end`)
	if err != nil {
		return "", err
	}
	if end, err := p.words(); err != nil || end != name {
		return "", errTeX
	}
	if kind == "align" || kind == "split" || kind == "equation" {
		kind = "aligned"
	}
	out := table(rows, kind)
	for i, s := range []string{f[0], f[1]} {
		if s == "" {
			continue
		}
		mo := `<mo stretchy="true">` + s + "</mo>"
		if i == 0 {
			out = mo + out
		} else {
			out += mo
		}
	}
	return "<mrow>" + out + "</mrow>", nil
}
