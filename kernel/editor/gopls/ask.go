package gopls

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/editor/position"
	"github.com/gonbml/gonbml/kernel/exec"
)

// place is the parameter of most requests.
func (s *Server) place(files map[string]string, file string, offset int) map[string]any {
	return map[string]any{
		"textDocument": map[string]any{"uri": uri(filepath.Join(s.o.Dir, file))},
		"position":     position.NewMapper(files[file]).LSP(offset),
	}
}

// kinds are the protocol's kinds of completion items in exec.Completion's words.
var kinds = map[int]string{2: "method", 3: "function", 5: "property", 6: "instance", 7: "class", 8: "class", 9: "module", 14: "keyword", 21: "constant", 22: "class", 25: "class"}

// text is what the protocol has for documentation: a string, or a string and its format.
type text struct{ value string }

func (t *text) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &t.value) == nil {
		return nil
	}
	var marked struct{ Value string }
	err := json.Unmarshal(data, &marked)
	t.value = marked.Value
	return err
}

// completionItem is one candidate as the protocol has it.
type completionItem struct {
	Label         string
	Kind          int
	Detail        string
	Documentation text
	SortText      string
	InsertText    string
	TextEdit      struct{ NewText string }
}

// Complete lists what could stand at a place, best first.
func (s *Server) Complete(ctx context.Context, files map[string]string, file string, offset int) ([]exec.Completion, error) {
	var list struct{ Items []completionItem }
	if err := s.ask(ctx, files, "textDocument/completion", s.place(files, file, offset), &list); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list.Items, func(a, b completionItem) int { return strings.Compare(a.SortText, b.SortText) })
	var items []exec.Completion
	for _, i := range list.Items {
		item := exec.Completion{Text: i.TextEdit.NewText, Kind: kinds[i.Kind], Detail: i.Detail, Doc: firstSentence(i.Documentation.value)}
		if item.Text == "" {
			item.Text = i.InsertText
		}
		if item.Text == "" {
			item.Text = i.Label
		}
		items = append(items, item)
	}
	return items, nil
}

// firstSentence returns Markdown up to its first full stop, in one line.
func firstSentence(md string) string {
	md, _, _ = strings.Cut(strings.TrimSpace(md), "\n\n")
	md = strings.Join(strings.Fields(md), " ")
	for i := 0; i+1 < len(md); i++ {
		if md[i] == '.' && md[i+1] == ' ' {
			md = md[:i+1]
			break
		}
	}
	return strings.NewReplacer(`\`, "", "`", "", "[", "", "]", "").Replace(md)
}

// Hover returns what gopls says about the thing at a place, as Markdown. It returns "" if there is
// nothing.
func (s *Server) Hover(ctx context.Context, files map[string]string, file string, offset int) (string, error) {
	var answer *struct{ Contents text }
	if err := s.ask(ctx, files, "textDocument/hover", s.place(files, file, offset), &answer); err != nil || answer == nil {
		return "", err
	}
	return answer.Contents.value, nil
}

// Signature returns the signature of the call around a place, the parameter at that place, and the
// function's documentation. All are "" if there is no call.
func (s *Server) Signature(ctx context.Context, files map[string]string, file string, offset int) (label, parameter, doc string, err error) {
	var answer *struct {
		Signatures []struct {
			Label         string
			Documentation text
			Parameters    []struct{ Label string }
		}
		ActiveParameter int
	}
	if err := s.ask(ctx, files, "textDocument/signatureHelp", s.place(files, file, offset), &answer); err != nil || answer == nil || len(answer.Signatures) == 0 {
		return "", "", "", err
	}
	g := answer.Signatures[0]
	if i := answer.ActiveParameter; i >= 0 && i < len(g.Parameters) {
		parameter = g.Parameters[i].Label
	}
	return g.Label, parameter, g.Documentation.value, nil
}

// Definition returns the declaration of what stands at a place, as its source has it, and the name
// of the file. ok is false for a declaration in the given files, which the caller knows better.
func (s *Server) Definition(ctx context.Context, files map[string]string, file string, offset int) (source, where string, ok bool, err error) {
	var answer []struct {
		URI   string
		Range struct{ Start position.Point }
	}
	if err := s.ask(ctx, files, "textDocument/definition", s.place(files, file, offset), &answer); err != nil || len(answer) == 0 {
		return "", "", false, err
	}
	u, err := url.Parse(answer[0].URI)
	if err != nil {
		return "", "", false, err
	}
	path := filepath.FromSlash(u.Path)
	if filepath.Dir(path) == filepath.Clean(s.o.Dir) {
		return "", "", false, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", "", false, err
	}
	source = declarationAt(string(data), position.NewMapper(string(data)).Offset(answer[0].Range.Start))
	where = fmt.Sprintf("%s/%s:%d", filepath.Base(filepath.Dir(path)), filepath.Base(path), answer[0].Range.Start.Line+1)
	return source, where, source != "", nil
}

// sourceLines is how much of a declaration is shown.
const sourceLines = 80

// declarationAt returns the top-level declaration of a Go file around an offset.
func declarationAt(source string, offset int) string {
	fset := token.NewFileSet()
	f, _ := parser.ParseFile(fset, "", source, parser.SkipObjectResolution)
	if f == nil {
		return ""
	}
	tf := fset.File(f.FileStart)
	for _, d := range f.Decls {
		from, to := tf.Offset(d.Pos()), tf.Offset(d.End())
		if offset < from || offset > to {
			continue
		}
		text := source[from:to]
		if g, ok := d.(*ast.GenDecl); ok && g.Lparen.IsValid() {
			for _, spec := range g.Specs {
				if a, b := tf.Offset(spec.Pos()), tf.Offset(spec.End()); a <= offset && offset <= b {
					text = g.Tok.String() + " " + source[a:b]
				}
			}
		}
		lines := strings.Split(text, "\n")
		if len(lines) > sourceLines {
			lines = append(lines[:sourceLines], "...")
		}
		return strings.Join(lines, "\n")
	}
	return ""
}
