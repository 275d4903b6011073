package webpage

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
	"github.com/alecthomas/chroma/v2/styles"

	"github.com/gonbml/gonbml/kernel/magic"
)

// formatter writes classes, so that light and dark are a matter of the style sheet.
var formatter = html.New(html.WithClasses(true), html.TabWidth(4))

// highlightStyle returns the rules for highlighted code.
func highlightStyle() (string, error) {
	var b strings.Builder
	for _, s := range []struct{ name, before, after string }{
		{"github", "@media not all and (prefers-color-scheme: dark) {\n", "}\n"},
		{"github-dark", "@media (prefers-color-scheme: dark) {\n", "}\n"},
	} {
		b.WriteString(s.before)
		if err := formatter.WriteCSS(&b, styles.Get(s.name)); err != nil {
			return "", fmt.Errorf("style of code: %w", err)
		}
		b.WriteString(s.after)
	}
	// The panel behind the code is the page's. Lines that are not Go, such as !ls, are no errors.
	b.WriteString(".chroma, .bg { background: none; }\n.chroma .err { color: inherit; background: none; }\n")
	return b.String(), nil
}

// highlightCell highlights a code cell: Go, or the language of its cell magic.
func highlightCell(source string) (template.HTML, error) {
	if c, err := magic.Parse(source); err == nil && c.Whole != nil {
		language := "text"
		if len(c.Whole.Program) > 0 {
			language = c.Whole.Program[0]
		}
		head, body, _ := strings.Cut(source, "\n")
		if c.Whole.Line > 1 {
			head, body = "", source
		}
		return highlightAfter(head, body, language)
	}
	return highlight(source, "go")
}

// highlightAfter highlights a text behind a line that is not in its language.
func highlightAfter(head, body, language string) (template.HTML, error) {
	h, err := highlight(body, language)
	if err != nil || head == "" {
		return h, err
	}
	line := `<span class="line"><span class="cl"><span class="cp">` + template.HTMLEscapeString(head) + "\n</span></span></span>"
	if i := strings.Index(string(h), "<code>"); i >= 0 {
		i += len("<code>")
		return h[:i] + template.HTML(line) + h[i:], nil
	}
	return template.HTML(line) + h, nil
}

// highlight highlights a text; one in an unknown language stays plain.
func highlight(source, language string) (template.HTML, error) {
	lexer := lexers.Get(language)
	if lexer == nil {
		lexer = lexers.Fallback
	}
	tokens, err := chroma.Coalesce(lexer).Tokenise(nil, source)
	if err != nil {
		return "", fmt.Errorf("highlight code: %w", err)
	}
	var b strings.Builder
	if err := formatter.Format(&b, styles.Get("github"), tokens); err != nil {
		return "", fmt.Errorf("highlight code: %w", err)
	}
	return template.HTML(b.String()), nil
}
