package editor

import (
	"regexp"
	"strings"
)

var (
	mdFence  = regexp.MustCompile("(?m)^```.*\n?")
	mdLink   = regexp.MustCompile(`\[([^\]\n]*)\]\([^)\n]*\)`)
	mdEscape = regexp.MustCompile("\\\\([\\\\`*_{}\\[\\]()#+\\-.!<>|~&'\"/:;=,?@^$%])")
	mdHead   = regexp.MustCompile(`(?m)^#+ (.*?)( \{#.*\})?$`)
)

// plainMarkdown is Markdown for a terminal: the text without its signs.
func plainMarkdown(md string) string {
	md = mdFence.ReplaceAllString(md, "")
	md = mdLink.ReplaceAllString(md, "$1")
	md = mdHead.ReplaceAllString(md, "$1")
	md = mdEscape.ReplaceAllString(md, "$1")
	md = strings.NewReplacer("**", "", "\t", "    ").Replace(md)
	return strings.TrimSpace(md)
}
