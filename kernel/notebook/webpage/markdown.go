package webpage

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"mime"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders Markdown as notebooks use it: GitHub's, with footnotes, formulas, and pictures
// from attachments and from the notebook's folder.
type markdown struct {
	dir string
	md  goldmark.Markdown
}

func newMarkdown(dir string) *markdown {
	return &markdown{dir: dir, md: goldmark.New(
		goldmark.WithExtensions(extension.GFM, extension.Footnote, formulas{}),
		goldmark.WithParserOptions(parser.WithAutoHeadingID()),
		goldmark.WithRendererOptions(
			html.WithUnsafe(), // see the package's doc
			renderer.WithNodeRenderers(util.Prioritized(codeBlocks{}, 100)),
		),
	)}
}

// render renders one cell's text.
func (m *markdown) render(source string, attachments map[string]map[string]any) (template.HTML, error) {
	src := []byte(source)
	doc := m.md.Parser().Parse(text.NewReader(src))
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if img, ok := n.(*ast.Image); ok && entering {
			img.Destination = m.picture(img.Destination, attachments)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return "", fmt.Errorf("render Markdown: %w", err)
	}
	var b bytes.Buffer
	if err := m.md.Renderer().Render(&b, src, doc); err != nil {
		return "", fmt.Errorf("render Markdown: %w", err)
	}
	return template.HTML(b.String()), nil
}

// largestPicture is the size up to which a file is embedded in the page.
const largestPicture = 20 << 20

// picture returns the data URL of a picture that is attached or lies in the notebook's folder; else
// dest.
func (m *markdown) picture(dest []byte, attachments map[string]map[string]any) []byte {
	if name, ok := strings.CutPrefix(string(dest), "attachment:"); ok {
		if n, err := url.PathUnescape(name); err == nil {
			name = n
		}
		for kind, content := range attachments[name] {
			if s, ok := content.(string); ok && strings.HasPrefix(kind, "image/") {
				return []byte("data:" + kind + ";base64," + strings.Join(strings.Fields(s), ""))
			}
		}
		return dest
	}
	u, err := url.Parse(string(dest))
	if err != nil || m.dir == "" || u.Scheme != "" || u.Host != "" || u.Path == "" || filepath.IsAbs(u.Path) {
		return dest
	}
	kind := mime.TypeByExtension(filepath.Ext(u.Path))
	if !strings.HasPrefix(kind, "image/") {
		return dest
	}
	f, err := os.Open(filepath.Join(m.dir, filepath.FromSlash(u.Path)))
	if err != nil {
		return dest
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, largestPicture+1))
	if err != nil || len(b) > largestPicture {
		return dest
	}
	return []byte("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b))
}

// codeBlocks renders fenced code with highlighting.
type codeBlocks struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (c codeBlocks) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, c.render)
}

func (codeBlocks) render(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	block := n.(*ast.FencedCodeBlock)
	var code strings.Builder
	lines := block.Lines()
	for i := range lines.Len() {
		s := lines.At(i)
		code.Write(s.Value(src))
	}
	h, err := highlight(code.String(), string(block.Language(src)))
	if err != nil {
		return ast.WalkStop, err
	}
	_, err = w.WriteString(string(h) + "\n")
	return ast.WalkContinue, err
}
