package webpage

import (
	"bytes"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// formulas makes goldmark know $...$ and $$...$$. Without it, underscores and stars in TeX would
// become emphasis.
type formulas struct{}

// Extend implements goldmark.Extender.
func (formulas) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		// Before emphasis, after code spans.
		parser.WithInlineParsers(util.Prioritized(inlineFormulas{}, 150)),
		parser.WithBlockParsers(util.Prioritized(blockFormulas{}, 750)),
	)
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(formulaRenderer{}, 100)))
}

// inlineFormula is a formula in a line of text.
type inlineFormula struct {
	ast.BaseInline
	tex   string
	block bool
}

var kindInlineFormula = ast.NewNodeKind("InlineFormula")

// Kind implements ast.Node.
func (*inlineFormula) Kind() ast.NodeKind { return kindInlineFormula }

// Dump implements ast.Node.
func (n *inlineFormula) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

// inlineFormulas parses $...$ and, in a line with other text, $$...$$.
type inlineFormulas struct{}

// Trigger implements parser.InlineParser.
func (inlineFormulas) Trigger() []byte { return []byte{'$'} }

// Parse implements parser.InlineParser. As in Pandoc, so that prices stay prices: the first $ must
// not be followed by a space, the last neither preceded by a space nor followed by a digit.
func (inlineFormulas) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	fence := "$"
	if bytes.HasPrefix(line, []byte("$$")) {
		fence = "$$"
	}
	body := line[len(fence):]
	for from := 0; ; {
		i := strings.Index(string(body[from:]), fence)
		if i < 0 {
			return nil
		}
		end := from + i
		after := body[end+len(fence):]
		from = end + len(fence)
		if end > 0 && body[end-1] == '\\' {
			continue
		}
		if end == 0 {
			return nil
		}
		if fence == "$" && (space(body[0]) || space(body[end-1]) || len(after) > 0 && (after[0] >= '0' && after[0] <= '9')) {
			return nil
		}
		block.Advance(len(fence) + end + len(fence))
		return &inlineFormula{tex: string(body[:end]), block: fence == "$$"}
	}
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

// blockFormula is a formula that stands alone.
type blockFormula struct{ ast.BaseBlock }

var kindBlockFormula = ast.NewNodeKind("BlockFormula")

// Kind implements ast.Node.
func (*blockFormula) Kind() ast.NodeKind { return kindBlockFormula }

// IsRaw implements ast.Node: there is no Markdown in it.
func (*blockFormula) IsRaw() bool { return true }

// Dump implements ast.Node.
func (n *blockFormula) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

// blockFormulas parses a formula from a line that starts with $$ to one that ends with $$.
type blockFormulas struct{}

// Trigger implements parser.BlockParser.
func (blockFormulas) Trigger() []byte { return []byte{'$'} }

// Open implements parser.BlockParser.
func (blockFormulas) Open(_ ast.Node, r text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, seg := r.PeekLine()
	t := strings.TrimSpace(string(line))
	if !strings.HasPrefix(t, "$$") {
		return nil, parser.NoChildren
	}
	rest := t[2:]
	i := strings.Index(rest, "$$")
	if i >= 0 && i != len(rest)-2 {
		return nil, parser.NoChildren // text follows the formula: it is an inline one
	}
	n := &blockFormula{}
	n.Lines().Append(seg)
	r.Advance(seg.Len() - 1)
	return n, parser.NoChildren
}

// Continue implements parser.BlockParser.
func (blockFormulas) Continue(n ast.Node, r text.Reader, _ parser.Context) parser.State {
	lines := n.Lines()
	if closed(lines, r.Source()) {
		return parser.Close
	}
	_, seg := r.PeekLine()
	lines.Append(seg)
	r.Advance(seg.Len() - 1)
	return parser.Continue | parser.NoChildren
}

// closed says whether the lines so far hold both fences.
func closed(lines *text.Segments, src []byte) bool {
	t := strings.TrimSpace(string(lines.Value(src)))
	return len(t) >= 4 && strings.HasSuffix(t, "$$")
}

// Close implements parser.BlockParser.
func (blockFormulas) Close(ast.Node, text.Reader, parser.Context) {}

// CanInterruptParagraph implements parser.BlockParser.
func (blockFormulas) CanInterruptParagraph() bool { return true }

// CanAcceptIndentedLine implements parser.BlockParser.
func (blockFormulas) CanAcceptIndentedLine() bool { return false }

// formulaRenderer writes formulas as MathML.
type formulaRenderer struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (f formulaRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindInlineFormula, f.inline)
	r.Register(kindBlockFormula, f.block)
}

func (formulaRenderer) inline(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	f := n.(*inlineFormula)
	_, err := w.WriteString(mathML(f.tex, f.block))
	return ast.WalkContinue, err
}

func (formulaRenderer) block(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	tex := strings.TrimSpace(string(n.Lines().Value(src)))
	tex = strings.TrimSuffix(strings.TrimPrefix(tex, "$$"), "$$")
	_, err := w.WriteString("<p>" + mathML(tex, true) + "</p>\n")
	return ast.WalkContinue, err
}

// texOutput shows an output of type text/latex, whose formulas stand between dollar signs.
func texOutput(s string) string {
	t := strings.TrimSpace(s)
	for _, fence := range []string{"$$", "$"} {
		if len(t) > 2*len(fence) && strings.HasPrefix(t, fence) && strings.HasSuffix(t, fence) && !strings.Contains(t[len(fence):len(t)-len(fence)], "$") {
			return mathML(t[len(fence):len(t)-len(fence)], fence == "$$")
		}
	}
	if strings.HasPrefix(t, `\begin{`) {
		return mathML(t, true)
	}
	return `<pre class="tex">` + template.HTMLEscapeString(s) + "</pre>"
}
