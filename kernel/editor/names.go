package editor

import (
	"go/token"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
)

// sessionNames lists what the session defines under names that begin with a word, from the
// session's text alone; kinds, if any, are those wanted.
func sessionNames(s Session, word string, kinds ...string) (items []exec.Completion) {
	if s.View == nil {
		return nil
	}
	for _, d := range s.View.Decls {
		kind := map[token.Token]string{token.FUNC: "function", token.VAR: "instance", token.CONST: "constant", token.TYPE: "class"}[d.Kind]
		if d.Recv != "" || len(kinds) > 0 && !slices.Contains(kinds, kind) {
			continue
		}
		for _, n := range d.Names {
			if hasPrefixFold(n, word) {
				detail := ""
				if d.Kind == token.VAR {
					detail = strings.TrimPrefix(d.Text, "var "+n+" ")
				}
				items = append(items, exec.Completion{Text: n, Kind: kind, Detail: detail, Doc: firstSentence(plainComment(d.Doc))})
			}
		}
	}
	slices.SortStableFunc(items, func(a, b exec.Completion) int { return strings.Compare(a.Text, b.Text) })
	return items
}

// importPaths completes the path of an import.
func importPaths(names map[string][]string, prefix string) (items []exec.Completion) {
	seen := map[string]bool{}
	for name, paths := range names {
		for _, p := range paths {
			if strings.HasPrefix(p, prefix) && !seen[p] {
				seen[p] = true
				items = append(items, exec.Completion{Text: p, Kind: "module", Detail: "package " + name})
			}
		}
	}
	slices.SortFunc(items, func(a, b exec.Completion) int { return strings.Compare(a.Text, b.Text) })
	return items
}
