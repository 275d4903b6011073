package console

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gonbml/gonbml/kernel/exec"
)

// plainText returns the text that stands for a bundle where only text can be shown: its own, or
// what can be made of its HTML or JSON, or at least what it is.
func plainText(data exec.Bundle) string {
	for _, mime := range []string{"text/plain", "text/markdown", "text/latex"} {
		if s, ok := data[mime].(string); ok {
			return strings.TrimRight(s, "\n")
		}
	}
	if s, ok := data["text/html"].(string); ok {
		if text := htmlText(s); text != "" {
			return text
		}
	}
	if v, ok := data["application/json"]; ok {
		if text, err := json.MarshalIndent(v, "", "  "); err == nil {
			return string(text)
		}
	}
	if len(data) == 0 {
		return ""
	}
	mime := slices.Min(slices.Collect(maps.Keys(data)))
	content, _ := data[mime].(string)
	size := len(content)
	if strings.HasPrefix(mime, "image/") && mime != "image/svg+xml" {
		size = base64.StdEncoding.DecodedLen(size)
	}
	return fmt.Sprintf("<%s, %.1f kB>", mime, float64(size)/1000)
}

var (
	hidden   = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)\s*>|<!--.*?-->`)
	cellEnd  = regexp.MustCompile(`(?i)</t[dh]\s*>`)
	lineEnd  = regexp.MustCompile(`(?i)</(tr|p|div|h[1-6]|li|pre|caption)\s*>|<br\s*/?>`)
	tag      = regexp.MustCompile(`(?s)<[a-zA-Z/!][^>]*>`)
	whiteRun = regexp.MustCompile(`\s+`)
)

// htmlText makes text of HTML: tags go, blocks become lines, and the cells of tables columns.
func htmlText(s string) string {
	s = whiteRun.ReplaceAllString(hidden.ReplaceAllString(s, ""), " ")
	s = lineEnd.ReplaceAllString(cellEnd.ReplaceAllString(s, "\t"), "\n")
	s = html.UnescapeString(tag.ReplaceAllString(s, ""))
	var out strings.Builder
	columns := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for line := range strings.Lines(s) {
		var fields []string
		for _, f := range strings.Split(line, "\t") {
			fields = append(fields, strings.TrimSpace(f))
		}
		if text := strings.TrimRight(strings.Join(fields, "\t"), "\t"); text != "" {
			fmt.Fprintln(columns, text)
		}
	}
	columns.Flush()
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}
