package objfile

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// object is a Go object file, read as cmd/internal/goobj describes it. Everything that is found in one is checked against the
// file's bounds: another layout must not end the kernel.
type object struct {
	data   []byte
	blocks [blockEnd + 1]int // where each begins
	// version is that of the compiler, such as "go1.26.8".
	version string
}

// objectMagic begins the object files that Go has written since version 1.20.
const objectMagic = "\x00go120ld"

// Of an object file's blocks, those that are read here.
const (
	blockSymbols    = 3 // the first of four with symbols that the file defines
	blockHashed64   = 4
	blockHashed     = 5
	blockOther      = 6
	blockReferred   = 7 // the first after those
	blockRelocIndex = 11
	blockDataIndex  = 13
	blockReloc      = 14
	blockData       = 16
	blockEnd        = 18
)

const (
	symbolSize = 21
	relocSize  = 23
)

// symbol is one that an object file defines.
type symbol struct {
	name, content []byte
	index         int // among those that the file defines
}

// archiveMagic begins an archive in ar's format: after it, each file with a header.
const archiveMagic = "!<arch>\n"

// eachMember calls f for each file of an archive, and says whether the archive was whole.
func eachMember(archive []byte, f func(header, content []byte)) (whole bool) {
	const headerSize = 60
	data, ok := bytes.CutPrefix(archive, []byte(archiveMagic))
	for ok && len(data) >= headerSize {
		var size int
		for _, c := range bytes.TrimRight(data[48:58], " ") {
			if c < '0' || c > '9' || size > len(data) {
				return false
			}
			size = 10*size + int(c-'0')
		}
		header := data[:headerSize]
		data = data[headerSize:]
		if size > len(data) {
			return false
		}
		f(header, data[:size])
		data = data[min(size+size%2, len(data)):]
	}
	return ok && len(data) == 0
}

// eachObject calls f for each Go object file of an archive.
func eachObject(archive []byte, f func(o object)) {
	eachMember(archive, func(_, content []byte) {
		// A line of text that tells the version, others with what it was compiled for, and one with an exclamation mark.
		if !bytes.HasPrefix(content, []byte("go object ")) {
			return
		}
		if head, text, found := bytes.Cut(content, []byte("\n!\n")); found {
			if o, ok := readObject(text); ok {
				line, _, _ := bytes.Cut(head, []byte("\n"))
				if words := strings.Fields(string(line)); len(words) > 4 {
					o.version = words[4] // behind "go object linux amd64"
				}
				f(o)
			}
		}
	})
}

func readObject(data []byte) (o object, ok bool) {
	const header = len(objectMagic) + 8 + 4
	if !bytes.HasPrefix(data, []byte(objectMagic)) || len(data) < header+4*len(o.blocks) {
		return o, false
	}
	o.data = data
	for n := range o.blocks {
		o.blocks[n] = o.word(header + 4*n)
		if o.blocks[n] > len(data) || n > 0 && o.blocks[n] < o.blocks[n-1] {
			return o, false
		}
	}
	return o, true
}

// word reads a number; 0 outside the file.
func (o object) word(at int) int {
	if at < 0 || at+4 > len(o.data) {
		return 0
	}
	return int(binary.LittleEndian.Uint32(o.data[at:]))
}

// symbols lists what the file defines.
func (o object) symbols() (all []symbol) {
	for i := range (o.blocks[blockReferred] - o.blocks[blockSymbols]) / symbolSize {
		at := o.blocks[blockSymbols] + i*symbolSize
		length, start := o.word(at), o.word(at+4)
		if start+length > len(o.data) {
			return nil
		}
		all = append(all, symbol{o.data[start : start+length], o.content(i), i})
	}
	return all
}

// content is what the defined symbol with that index consists of.
func (o object) content(index int) []byte {
	at := o.blocks[blockDataIndex] + 4*index
	from, to := o.blocks[blockData]+o.word(at), o.blocks[blockData]+o.word(at+4)
	if from > to || to > len(o.data) {
		return nil
	}
	return o.data[from:to]
}

// target returns the content of the symbol, which must be defined in the same file, to which the linker will make the place at
// an offset of s refer; else nil.
func (o object) target(s symbol, offset int) []byte {
	at := o.blocks[blockRelocIndex] + 4*s.index
	for n := o.word(at); n < o.word(at+4); n++ {
		r := o.blocks[blockReloc] + n*relocSize
		if o.word(r) != offset {
			continue
		}
		const none = 1<<31 - 1
		kind, index := o.word(r+15), o.word(r+19)
		block := map[int]int{none: blockOther, none - 1: blockHashed64, none - 2: blockHashed, none - 4: blockSymbols}[kind]
		if block == 0 || index >= (o.blocks[blockReferred]-o.blocks[block])/symbolSize {
			return nil
		}
		return o.content((o.blocks[block]-o.blocks[blockSymbols])/symbolSize + index)
	}
	return nil
}
