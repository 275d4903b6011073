package magic

import (
	"os"
	"path/filepath"
	"strings"
)

// fields splits a command into words as GoNB does: at white space, except within double quotes,
// where a backslash takes the next character as it is (\n and \t are newline and tab). Quotes may
// be empty or stand within a word.
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

// ExpandPath resolves a path that the user wrote in a command: $NAME and ${NAME} are replaced from
// env (entries "NAME=value", of which the last one counts) and a leading ~ by the home folder, and
// a relative path is relative to dir.
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
