package cell

import (
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// A cell with import "C" goes through go tool cgo, which takes whole Go files only. WrapStatements
// makes a file of the cell, with every statement in a function of its own; UnwrapStatements makes a
// cell of what cgo made of the file. Both keep every line where it is.

// UsesCgo says whether a cell imports "C".
func UsesCgo(source string) bool {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(source)), []byte(source), func(token.Position, string) {}, 0)
	inImport, depth := false, 0
	for {
		_, t, lit := s.Scan()
		switch t {
		case token.EOF:
			return false
		case token.IMPORT:
			inImport = true
		case token.LPAREN:
			depth++
		case token.RPAREN:
			depth--
		case token.SEMICOLON:
			inImport = inImport && depth > 0
		case token.STRING:
			if inImport && (lit == `"C"` || lit == "`C`") {
				return true
			}
		}
	}
}

const (
	markStart = "/*ɛ<*/"
	markEnd   = "/*ɛ>*/"
	cgoHead   = "package main\n"
)

// WrapStatements makes a Go file from the cell's text. Line n of the cell is line n+1 of the file.
func WrapStatements(source string) string {
	all, _ := chunks(source)
	var sb strings.Builder
	sb.WriteString(cgoHead)
	at := 0
	for _, c := range all {
		sb.WriteString(source[at:c.start])
		switch c.kind {
		case statement:
			sb.WriteString(markStart + "func _() { " + markEnd + source[c.start:c.end] + markStart + " }" + markEnd)
		case declaration:
			sb.WriteString(source[c.start:c.end])
		case packageClause:
			sb.WriteString(strings.Repeat(" ", c.end-c.start))
		}
		at = c.end
	}
	sb.WriteString(source[at:])
	return sb.String()
}

var (
	cgoLines = regexp.MustCompile(` ?/\*line [^*]*\*/`)
	marked   = regexp.MustCompile(regexp.QuoteMeta(markStart) + `[^/]*` + regexp.QuoteMeta(markEnd))
)

// UnwrapStatements turns the file that go tool cgo made from a wrapped cell back into the text of a
// cell.
func UnwrapStatements(file string) string {
	if i := strings.Index(file, "\n"+cgoHead); i >= 0 {
		file = file[i+1:]
	}
	file = strings.TrimPrefix(file, cgoHead)
	return marked.ReplaceAllString(cgoLines.ReplaceAllString(file, ""), "")
}
