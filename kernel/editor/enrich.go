package editor

import (
	"context"
	"regexp"
	"strings"
)

// enrich adds to answers what gopls knows: documentation above all. answers begin with one about
// the identifier at the cursor if named is true; one about the call around it may follow.
func (e *Editor) enrich(ctx context.Context, s *sheet, answers []answer, named bool, detail int) []answer {
	if named || len(answers) == 0 {
		if md, err := e.server.Hover(ctx, s.files, s.file, s.at); err == nil && md != "" {
			code, doc := splitHover(md)
			if !named { // the type checker found nothing, such as in a comment
				answers = append([]answer{{code: code}}, answers...)
			}
			a := &answers[0]
			if a.doc == "" {
				a.doc = doc
			}
			if a.where == "" || !strings.HasPrefix(a.where, "defined") {
				a.code = code
			}
		}
		if detail > 0 && len(answers) > 0 && answers[0].source == "" {
			if source, where, ok, err := e.server.Definition(ctx, s.files, s.file, s.at); err == nil && ok {
				answers[0].source = source
				answers[0].where = strings.TrimPrefix(answers[0].where+", "+where, ", ")
			}
		}
	}
	calls := 0
	if named {
		calls = 1
	}
	if len(answers) > calls && answers[calls].doc == "" {
		if label, parameter, doc, err := e.server.Signature(ctx, s.files, s.file, s.at); err == nil && label != "" {
			a := &answers[calls]
			a.doc = doc
			if parameter != "" && a.mark == "" {
				a.code, a.mark = "func "+label, parameter
			}
		}
	}
	for i := range answers {
		answers[i].code, answers[i].doc = userText(answers[i].code), userText(answers[i].doc)
	}
	return answers
}

// splitHover takes gopls's answer apart: the declarations in its first block of code, and the rest.
func splitHover(md string) (code, doc string) {
	if rest, ok := strings.CutPrefix(md, "```go\n"); ok {
		if c, d, ok := strings.Cut(rest, "\n```"); ok {
			code, doc = c, d
		}
	}
	doc = strings.TrimSpace(doc)
	for { // further blocks of code before the text: methods, or the sizes of fields
		rest, ok := strings.CutPrefix(strings.TrimSpace(strings.TrimPrefix(doc, "---")), "```go\n")
		if !ok {
			break
		}
		c, d, ok := strings.Cut(rest, "\n```")
		if !ok {
			break
		}
		code, doc = code+"\n"+c, strings.TrimSpace(d)
	}
	doc = strings.TrimSpace(strings.TrimPrefix(doc, "---"))
	doc = strings.TrimSpace(docLink.ReplaceAllString(doc, ""))
	return code, strings.TrimSpace(strings.TrimSuffix(doc, "---"))
}

// docLink matches the line in which gopls names the page of a declaration.
var docLink = regexp.MustCompile("(?m)^\\[?`[^`\n]*` on pkg\\.go\\.dev\\]?(\\([^)]*\\))?$")

var generatedImport = regexp.MustCompile(`ƐƐi_[A-Za-z0-9_]*?([A-Za-z0-9]+)\.`)

// userText turns generated names into what the user knows.
func userText(s string) string {
	s = generatedImport.ReplaceAllString(s, "$1.")
	return strings.NewReplacer("main.", "", "Ɛ", "", "ɛ", "").Replace(s)
}
