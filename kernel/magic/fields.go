package magic

import (
	"os"
	"path/filepath"
	"strings"
)

// fields splits a command into words as GoNB does: at white space, except within double quotes, where a backslash
// takes the next character as it is (\n and \t are newline and tab). Quotes may be empty or stand within a word.
func fields(s string) []string {
	var words []string
	var word strings.Builder
	started, quoted := false, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			quoted, started = !quoted, true
			continue
		case quoted && c == '\\' && i+1 < len(s):
			i++
			switch c = s[i]; c {
			case 'n':
				c = '\n'
			case 't':
				c = '\t'
			}
		case !quoted && (c == ' ' || c == '\t' || c == '\n'):
			if started {
				words = append(words, word.String())
				word.Reset()
			}
			started = false
			continue
		}
		word.WriteByte(c)
		started = true
	}
	if started {
		words = append(words, word.String())
	}
	return words
}

// ExpandPath resolves a path that the user wrote in a command: $NAME and ${NAME} from env ("NAME=value" entries, the
// last one counts), a leading ~ as the home folder, and a relative path against dir.
func ExpandPath(path, dir string, env []string) string {
	get := func(name string) string {
		for i := len(env) - 1; i >= 0; i-- {
			if n, v, ok := strings.Cut(env[i], "="); ok && n == name {
				return v
			}
		}
		return ""
	}
	path = os.Expand(path, get)
	if path == "~" || strings.HasPrefix(path, "~/") {
		home := get("HOME")
		if home == "" {
			home, _ = os.UserHomeDir()
		}
		path = filepath.Join(home, strings.TrimPrefix(path, "~"))
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	return path
}

// nearest returns the name with the fewest edits to word, if these are at most a third of its letters (but one is
// always allowed), else "".
func nearest(word string, names []string) string {
	best, limit := "", max(1, len(word)/3)
	for _, n := range names {
		if d := edits(word, n); d <= limit {
			best, limit = n, d-1
		}
	}
	return best
}

// edits is the number of insertions, deletions, replacements and swaps of neighbours that turn a into b.
func edits(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
