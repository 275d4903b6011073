package editor

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
)

// completeCommand completes a % or ! line. line is its text up to the cursor; start is where the
// result takes its place, an offset in line.
func completeCommand(s Session, line string, first bool) (items []exec.Completion, start int) {
	trimmed := strings.TrimPrefix(line, "//gonb:")
	skipped := len(line) - len(trimmed)
	start = skipped + wordStart(trimmed)
	word := line[start:]
	words := strings.Fields(trimmed)
	switch {
	case strings.HasPrefix(trimmed, "%") && start == skipped:
		return commandNames(trimmed, first), skipped
	case strings.HasPrefix(trimmed, "!") && start == skipped:
		start++
		if strings.HasPrefix(word, "!*") {
			start++
		}
		return files(s, line[start:], false), start
	}
	switch words[0] {
	case "%cd":
		return files(s, word, true), start
	case "%env":
		return environment(s, word), start
	case "%rm", "%remove":
		return sessionNames(s, word), start
	case "%errors":
		for _, text := range []string{"off", "on"} {
			if strings.HasPrefix(text, word) {
				items = append(items, exec.Completion{Text: text, Kind: "keyword"})
			}
		}
		return items, start
	case "%exec":
		return sessionNames(s, word, "function"), start
	case "%capture", "%%writefile", "%%script":
		return files(s, word, false), start
	}
	if strings.HasPrefix(trimmed, "!") {
		return files(s, word, false), start
	}
	return nil, start
}

// wordStart returns where the last word of a line begins: after white space that no quote or
// backslash covers.
func wordStart(line string) int {
	start, quoted := 0, byte(0)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case quoted != 0 && c == quoted:
			quoted = 0
		case quoted == 0 && (c == '"' || c == '\''):
			quoted = c
		case quoted == 0 && strings.IndexByte(" \t=;|&<>(", c) >= 0:
			start = i + 1
		}
	}
	return start
}

// commandNames completes the name of a command. Cell magics stand in a cell's first line only.
func commandNames(prefix string, first bool) (items []exec.Completion) {
	for _, d := range magic.Descriptions() {
		if strings.HasPrefix(d.Name, prefix) && (first || !strings.HasPrefix(d.Name, "%%") || d.Name == "%%") {
			items = append(items, exec.Completion{Text: d.Name, Kind: "magic", Detail: d.Usage, Doc: plainMarkdown(strings.ReplaceAll(d.Text, "`", ""))})
		}
	}
	return items
}

// files completes a path as the session's folder has it.
func files(s Session, word string, foldersOnly bool) (items []exec.Completion) {
	quote := ""
	if strings.HasPrefix(word, `"`) || strings.HasPrefix(word, "'") {
		quote, word = word[:1], word[1:]
	}
	typed, name := filepath.Split(strings.ReplaceAll(word, `\ `, " "))
	dir := s.Dir
	if typed != "" {
		dir = magic.ExpandPath(typed, s.Dir, s.Env)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		n := e.Name()
		if !strings.HasPrefix(n, name) || strings.HasPrefix(n, ".") && !strings.HasPrefix(name, ".") {
			continue
		}
		isDir := e.IsDir()
		if e.Type()&os.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(dir, n))
			isDir = err == nil && info.IsDir()
		}
		if foldersOnly && !isDir {
			continue
		}
		text := typed + n
		if isDir {
			text += "/"
		}
		if quote == "" {
			text = strings.ReplaceAll(text, " ", `\ `)
			// Commands with % know quotes but no backslashes.
			if foldersOnly && strings.Contains(text, " ") {
				text = `"` + typed + n + `/"`
			}
		}
		items = append(items, exec.Completion{Text: quote + text, Kind: "path"})
	}
	return items
}

func environment(s Session, word string) (items []exec.Completion) {
	seen := map[string]bool{}
	for _, kv := range s.Env {
		name, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(name, word) && !seen[name] {
			seen[name] = true
			items = append(items, exec.Completion{Text: name, Kind: "instance"})
		}
	}
	slices.SortFunc(items, func(a, b exec.Completion) int { return strings.Compare(a.Text, b.Text) })
	return items
}

// inspectCommand tells what a command does.
func inspectCommand(line string) []answer {
	line = strings.TrimPrefix(line, "//gonb:")
	if strings.HasPrefix(line, "!") {
		return []answer{{code: "!COMMAND", doc: "Runs a shell line in the notebook's folder; `!*COMMAND` in the session's module folder."}}
	}
	name, _, _ := strings.Cut(line, " ")
	for _, d := range magic.Descriptions() {
		if d.Name == name {
			return []answer{{code: d.Usage, doc: d.Text}}
		}
	}
	return nil
}
