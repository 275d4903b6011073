package console

import (
	"fmt"
	"strings"

	"github.com/rivo/uniseg"

	"github.com/gonbml/gonbml/kernel/exec"
)

// How many candidates are listed, and up to how many each has a line with its signature.
const (
	mostListed   = 60
	mostDetailed = 12
)

// listing writes candidates for completion below a text: a few with their signatures, more in
// columns.
func listing(items []exec.Completion, width int) string {
	var lines []string
	shown := items[:min(len(items), mostListed)]
	longest := 0
	for _, item := range shown {
		longest = max(longest, uniseg.StringWidth(item.Text))
	}
	if len(items) <= mostDetailed {
		for _, item := range shown {
			line := fmt.Sprintf("  %s%s  %s", item.Text, strings.Repeat(" ", longest-uniseg.StringWidth(item.Text)), item.Detail)
			lines = append(lines, strings.TrimRight(clip(line, width), " "))
		}
		return strings.Join(lines, "\n")
	}
	columns := max(1, width/(longest+2))
	for begin := 0; begin < len(shown); begin += columns {
		line := ""
		for _, item := range shown[begin:min(begin+columns, len(shown))] {
			line += "  " + item.Text + strings.Repeat(" ", longest-uniseg.StringWidth(item.Text))
		}
		lines = append(lines, strings.TrimRight(clip(line, width), " "))
	}
	if n := len(items) - len(shown); n > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", n))
	}
	return strings.Join(lines, "\n")
}

// clip cuts a line to the width.
func clip(line string, width int) string {
	if uniseg.StringWidth(line) <= width {
		return line
	}
	cut := ""
	for state, rest := -1, line; rest != ""; {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if uniseg.StringWidth(cut+cluster) >= width {
			break
		}
		cut += cluster
	}
	return cut + "…"
}
