package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// tab is what a tab of the source is shown as: front ends differ in how wide they make one.
const tab = "    "

// sourceLine shows a line of a cell, as errors do.
func sourceLine(source string, line int) []string {
	lines := strings.Split(source, "\n")
	if line < 1 || line > len(lines) {
		return nil
	}
	return []string{fmt.Sprintf("%s%5d |%s %s", faint, line, plain, strings.ReplaceAll(strings.TrimRight(lines[line-1], "\r"), "\t", tab))}
}

// caret points at a column (in bytes) of the line that sourceLine shows, and underlines the name that begins there.
func caret(source string, line, column int) []string {
	lines := strings.Split(source, "\n")
	if line < 1 || line > len(lines) || column < 1 || column > len(lines[line-1])+1 {
		return nil
	}
	before, at := lines[line-1][:column-1], lines[line-1][column-1:]
	name := uniseg.StringWidth(at[:nameLength(at)])
	return []string{strings.Repeat(" ", 8) + spaces(before) + red + "^" + strings.Repeat("~", max(0, name-1)) + plain}
}

// nameLength is how many bytes a text's first name has.
func nameLength(text string) int {
	for i, r := range text {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return i
		}
	}
	return len(text)
}

// spaces is white space as wide as a text is. For wide letters it is the wide space, since a browser may show the
// script that they belong to in another font, in which they are not quite as wide as two letters.
func spaces(text string) string {
	var sb strings.Builder
	state := -1
	for text != "" {
		var letter string
		var width int
		letter, text, width, state = uniseg.FirstGraphemeClusterInString(text, state)
		first, _ := utf8.DecodeRuneInString(letter)
		switch {
		case letter == "\t":
			sb.WriteString(tab)
		case width == 2 && unicode.IsLetter(first):
			sb.WriteRune('\u3000')
		default:
			sb.WriteString(strings.Repeat(" ", width))
		}
	}
	return sb.String()
}
