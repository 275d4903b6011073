package objfile

import (
	"bytes"
	"encoding/json"
)

// CCode is the C side of a package: what the C compiler made, and what the package's #cgo LDFLAGS
// lines want it to be linked with.
type CCode struct {
	Objects [][]byte
	Flags   []string
}

// SplitC takes the C side out of a package's archive. light is an archive without it, whose Go code
// finds the C side somewhere else: the linker leaves such names to the system's. It is nil where
// the Go code asks for nothing in C, as in packages that only say what others are to be linked
// with. A package without cgo, and an archive whose layout is not the known one, has no C side.
func SplitC(archive []byte) (light []byte, c *CCode) {
	c = &CCode{}
	light = []byte(archiveMagic)
	asks := false
	whole := eachMember(archive, func(header, content []byte) {
		if bytes.HasPrefix(content, []byte("\x7fELF")) {
			c.Objects = append(c.Objects, content)
			return
		}
		content = bytes.Clone(content)
		flags, imports := takeDirectives(content)
		c.Flags = append(c.Flags, flags...)
		asks = asks || imports
		light = append(append(light, header...), content...)
		if len(content)%2 == 1 {
			light = append(light, 0)
		}
	})
	switch {
	case !whole || len(c.Objects) == 0 || !asks && len(c.Flags) == 0:
		return nil, nil
	case !asks:
		return nil, &CCode{Flags: c.Flags}
	}
	return light, c
}

// takeDirectives takes the linker's flags out of an object file's directives for cgo, which are a
// line of JSON, and says whether these ask for anything in C.
func takeDirectives(object []byte) (flags []string, asks bool) {
	if !bytes.HasPrefix(object, []byte("go object ")) {
		return nil, false
	}
	head, _, _ := bytes.Cut(object, []byte("\n!\n"))
	const mark = "\n$$  // cgo\n"
	_, text, ok := bytes.Cut(head, []byte(mark))
	if !ok {
		return nil, false
	}
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	var all, kept [][]string
	if json.Unmarshal(text, &all) != nil {
		return nil, false
	}
	for _, directive := range all {
		if len(directive) == 2 && directive[0] == "cgo_ldflag" {
			flags = append(flags, directive[1])
			continue
		}
		asks = asks || len(directive) > 0 && directive[0] == "cgo_import_static"
		kept = append(kept, directive)
	}
	now, err := json.Marshal(kept)
	if err != nil || len(now) > len(text) {
		return nil, false
	}
	for n := copy(text, now); n < len(text); n++ {
		text[n] = ' '
	}
	return flags, asks
}
