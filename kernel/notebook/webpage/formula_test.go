package webpage

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
)

func TestMathML(t *testing.T) {
	for tex, want := range map[string]string{
		`x`:                `<mrow><mi>x</mi></mrow>`,
		`x^2_i`:            `<mrow><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></mrow>`,
		`x^12`:             `<mrow><msup><mi>x</mi><mn>1</mn></msup><mn>2</mn></mrow>`,
		`x'`:               `<mrow><msup><mi>x</mi><mo>′</mo></msup></mrow>`,
		`3.14 < \pi`:       `<mrow><mn>3.14</mn><mo>&lt;</mo><mi>π</mi></mrow>`,
		`\frac{a}{b}`:      `<mrow><mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac></mrow>`,
		`\frac12`:          `<mrow><mfrac><mn>1</mn><mn>2</mn></mfrac></mrow>`,
		`\hat{y}`:          `<mrow><mover accent="true"><mrow><mi>y</mi></mrow><mo stretchy="false">^</mo></mover></mrow>`,
		`\sum_{i=1}^m`:     `<mrow><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>m</mi></munderover></mrow>`,
		`\log x`:           `<mrow><mi>log</mi><mspace width="0.1667em"></mspace><mi>x</mi></mrow>`,
		`\mathbb{R}`:       `<mrow><mrow><mi mathvariant="normal">ℝ</mi></mrow></mrow>`,
		`\text{if } x`:     "<mrow><mtext>if\u00a0</mtext><mi>x</mi></mrow>",
		`\sqrt[3]{x}`:      `<mrow><mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot></mrow>`,
		`\left( x \right)`: `<mrow><mrow><mo stretchy="true">(</mo><mrow><mi>x</mi></mrow><mo stretchy="true">)</mo></mrow></mrow>`,
		`\begin{cases} 1 & x \\ 0 & y \end{cases}`: `<mo stretchy="true">{</mo><mtable displaystyle="false"><mtr>`,
	} {
		got := mathML(tex, false)
		if !strings.Contains(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", tex, got, want)
		}
		d := xml.NewDecoder(strings.NewReader(got))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: not well-formed: %v", tex, err)
				break
			}
		}
	}
}

func TestUnknownTeXStaysText(t *testing.T) {
	for _, tex := range []string{`\nosuch{x}`, `{x`, `x}`, `\left( x`, `\begin{cases} x`, `\begin{nosuch}x\end{nosuch}`, `x^`, `\frac{a}`, `a & b }`, `\text{a{b}}`, `\`, `#1`} {
		if got := mathML(tex, false); !strings.HasPrefix(got, `<span class="tex">`) {
			t.Errorf("%s became %s", tex, got)
		}
	}
}

func TestFormulasInMarkdown(t *testing.T) {
	for _, tt := range []struct{ in, want, not string }{
		{"a $x_1 * y_2 * z_3$ b", "<p>a <math>", "<em>"},
		{"costs $5 and $6", "<p>costs $5 and $6</p>", "<math"},
		{"`$x$` code", "<code>$x$</code>", "<math"},
		{`a \$x\$ b`, "$x$", "<math"},
		{"a $$x$$ b", `<math display="block">`, "$"},
		{"text\n$$\na\n- b\n$$\nmore", "<p>text</p>\n<p><math display=\"block\">", "<li>"},
		{"$$ x $$\n\nmore", "</p>\n<p>more</p>", "$"},
		{"$$\nnever closed\n", `<math display="block">`, ""},
		{"- item $x$\n- $$y$$", "<li>item <math>", "$"},
	} {
		h, err := newMarkdown("").render(tt.in, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(h), tt.want) || tt.not != "" && strings.Contains(string(h), tt.not) {
			t.Errorf("%q became %s; want %q and no %q", tt.in, h, tt.want, tt.not)
		}
	}
}
