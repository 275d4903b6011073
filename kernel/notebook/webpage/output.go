package webpage

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"github.com/gonbml/gonbml/kernel/notebook"
)

// output renders one output of a cell.
func (m *markdown) output(o *notebook.Output) (v outputView, err error) {
	switch o.Type {
	case notebook.StreamOutput:
		v.Class = "stream"
		if o.Name == "stderr" {
			v.Class = "stream stderr"
		}
		v.HTML = "<pre>" + ansi(o.Text) + "</pre>"
	case notebook.ErrorOutput:
		v.Class = "error"
		text := strings.Join(o.Traceback, "\n")
		if text == "" {
			text = o.EName + ": " + o.EValue
		}
		v.HTML = "<pre>" + ansi(text) + "</pre>"
	default:
		v.Count = o.Count
		v.HTML, v.Class, err = m.bundle(o.Data, o.Metadata)
	}
	return v, err
}

// pictures are the image types that a page can hold, best first.
var pictures = []string{"image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"}

// bundle shows the richest rendering that needs no script.
func (m *markdown) bundle(data, metadata map[string]any) (template.HTML, string, error) {
	str := func(mime string) string { s, _ := data[mime].(string); return s }
	picture := ""
	for _, mime := range pictures {
		if str(mime) != "" {
			picture = mime
			break
		}
	}
	switch h := str("text/html"); {
	case h != "" && shows(h) && !(picture != "" && strings.Contains(h, "<script")):
		return template.HTML(h), "html", nil
	case picture != "":
		return image(picture, str(picture), str("text/plain"), metadata), "picture", nil
	case str("text/markdown") != "":
		h, err := m.render(str("text/markdown"), nil)
		return h, "markdown", err
	case str("text/latex") != "":
		return template.HTML(texOutput(str("text/latex"))), "latex", nil
	case str("text/plain") != "":
		return "<pre>" + ansi(str("text/plain")) + "</pre>", "text", nil
	}
	if v, ok := data["application/json"]; ok {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetIndent("", "  ")
		if err := e.Encode(v); err != nil {
			return "", "", fmt.Errorf("output: %w", err)
		}
		h, err := highlight(b.String(), "json")
		return h, "json", err
	}
	if len(data) > 0 {
		return "(an interactive output, which only a running notebook can show)", "note", nil
	}
	return "", "", nil
}

var (
	unseen   = regexp.MustCompile(`(?is)<(script|style|template)\b.*?</(script|style|template)\s*>|<!--.*?-->`)
	anyTag   = regexp.MustCompile(`(?s)<[^>]*>`)
	embedded = regexp.MustCompile(`(?i)<(img|svg|hr|canvas|video|audio|math|input|meter|progress|object)\b`)
)

// shows says whether HTML shows anything once its scripts do not run.
func shows(h string) bool {
	h = unseen.ReplaceAllString(h, "")
	return embedded.MatchString(h) || strings.TrimSpace(anyTag.ReplaceAllString(h, "")) != ""
}

// image shows a picture. SVG is shown as a picture as well, not as part of the page, where its ids
// and styles would clash with those of other pictures.
func image(mime, content, alt string, metadata map[string]any) template.HTML {
	if mime == "image/svg+xml" {
		content = base64.StdEncoding.EncodeToString([]byte(content))
	} else {
		content = strings.Join(strings.Fields(content), "")
	}
	size := ""
	if md, ok := metadata[mime].(map[string]any); ok {
		for _, k := range []string{"width", "height"} {
			switch n := md[k].(type) {
			case json.Number:
				size += fmt.Sprintf(` %s="%s"`, k, template.HTMLEscapeString(n.String()))
			case int:
				size += fmt.Sprintf(` %s="%d"`, k, n)
			case float64:
				size += fmt.Sprintf(` %s="%d"`, k, int(n))
			}
		}
	}
	alt, _, _ = strings.Cut(strings.TrimSpace(alt), "\n")
	return template.HTML(fmt.Sprintf(`<img src="data:%s;base64,%s" alt="%s"%s>`, mime, template.HTMLEscapeString(content), template.HTMLEscapeString(alt), size))
}
