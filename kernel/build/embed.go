package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	modpath "golang.org/x/mod/module"
)

// embedConfig makes what the compiler's -embedcfg flag takes: for each pattern of the source's //go:embed lines the files
// it matches in dir. The rules are those of package embed.
func embedConfig(dir string, source []byte) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "cell.go", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	cfg := struct {
		Patterns map[string][]string
		Files    map[string]string
	}{map[string][]string{}, map[string]string{}}
	for _, group := range f.Comments {
		for _, c := range group.List {
			patterns, err := embedPatterns(c)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", fset.Position(c.Pos()), err)
			}
			for _, pattern := range patterns {
				files, err := embedded(dir, pattern)
				if err != nil {
					return nil, fmt.Errorf("%s: //go:embed %s: %w", fset.Position(c.Pos()), pattern, err)
				}
				cfg.Patterns[pattern] = files
				for _, name := range files {
					cfg.Files[name] = filepath.Join(dir, filepath.FromSlash(name))
				}
			}
		}
	}
	return json.Marshal(cfg)
}

// EmbedHash identifies what //go:embed lines embed: the names and the content of the files that their patterns match. A
// unit's path must depend on it.
func (b *Builder) EmbedHash(directives string) (string, error) {
	h := sha256.New()
	for _, line := range strings.Split(directives, "\n") {
		patterns, err := embedPatterns(&ast.Comment{Text: line})
		if err != nil {
			return "", err
		}
		for _, pattern := range patterns {
			files, err := embedded(b.opts.WorkDir, pattern)
			if err != nil {
				return "", fmt.Errorf("//go:embed %s: %w", pattern, err)
			}
			for _, name := range files {
				data, err := os.ReadFile(filepath.Join(b.opts.WorkDir, filepath.FromSlash(name)))
				if err != nil {
					return "", fmt.Errorf("//go:embed %s: %w", pattern, err)
				}
				fmt.Fprintf(h, "%s %s %d\n", pattern, name, len(data))
				h.Write(data)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// embedPatterns returns the patterns of a comment if it is a //go:embed line.
func embedPatterns(c *ast.Comment) (patterns []string, err error) {
	rest, ok := strings.CutPrefix(c.Text, "//go:embed")
	if !ok || rest == "" || rest[0] != ' ' && rest[0] != '\t' {
		return nil, nil
	}
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		word := rest
		if q, err := strconv.QuotedPrefix(rest); err == nil && rest[0] != '\'' {
			word, rest = q, rest[len(q):]
			if word, err = strconv.Unquote(word); err != nil {
				return nil, err
			}
		} else if i := strings.IndexAny(rest, " \t"); i >= 0 {
			word, rest = rest[:i], rest[i:]
		} else {
			rest = ""
		}
		patterns = append(patterns, word)
	}
	return patterns, nil
}

// embedded returns the files that a pattern matches in dir, as slash-separated paths relative to it.
func embedded(dir, pattern string) ([]string, error) {
	glob, all := strings.CutPrefix(pattern, "all:")
	if _, err := path.Match(glob, ""); err != nil || !fs.ValidPath(glob) {
		return nil, errors.New("the pattern: expected a path or pattern below the notebook's folder, without . or .. and with / between names. Got something else")
	}
	matches, err := fs.Glob(os.DirFS(dir), glob)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, name := range matches {
		info, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		switch {
		case insideOther(dir, name):
			return nil, fmt.Errorf("%s lies in another module", name)
		case info.Mode().IsRegular():
			if err := modpath.CheckFilePath(name); err != nil {
				return nil, err
			}
			files = append(files, name)
		case info.IsDir():
			below, err := embeddedTree(dir, name, all)
			if err != nil {
				return nil, err
			}
			files = append(files, below...)
		default:
			return nil, fmt.Errorf("%s is no regular file and cannot be embedded", name)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no files: expected files in %s that match. Got none. Paths are relative to the notebook's folder", dir)
	}
	sort.Strings(files)
	return files, nil
}

// embeddedTree lists the files of a folder that an embedded folder includes: hidden ones only with all, no other module.
func embeddedTree(dir, root string, all bool) (files []string, err error) {
	err = fs.WalkDir(os.DirFS(dir), root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		hidden := name != root && !all && (base[0] == '.' || base[0] == '_')
		if d.IsDir() {
			_, statErr := os.Stat(filepath.Join(dir, filepath.FromSlash(name), "go.mod"))
			if hidden || versionControl[base] || name != root && statErr == nil {
				return fs.SkipDir
			}
			return nil
		}
		if !hidden && d.Type().IsRegular() && modpath.CheckFilePath(name) == nil {
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

// insideOther says whether a folder between dir and the file is the root of a module of its own.
func insideOther(dir, name string) bool {
	for d := path.Dir(name); d != "."; d = path.Dir(d) {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(d), "go.mod")); err == nil {
			return true
		}
	}
	return false
}

var versionControl = map[string]bool{".git": true, ".hg": true, ".svn": true, ".bzr": true}
