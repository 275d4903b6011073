package objfile

import (
	"encoding/binary"
	"go/version"
)

// Where a type's data, as internal/abi describes it, holds what is read here, on machines of 64 bits.
const (
	typeSize     = 48
	typeFlags    = 20
	typeKind     = 23
	flagUncommon = 1 << 0
	methodSize   = 16
)

// moreSize is by how much the data of some kinds of types is larger than that of others.
var moreSize = map[byte]int{
	17: 24, // array
	18: 16, // channel
	19: 8,  // function
	20: 32, // interface
	22: 8,  // pointer
	23: 8,  // slice
	25: 32, // struct
}

// mapKind is the kind of maps, whose data Go 1.27 has made larger.
const mapKind = 21

// sizeOf is the size of the data of a type of that kind, as the compiler of that version writes it.
func sizeOf(kind byte, goVersion string) int {
	switch {
	case kind != mapKind:
		return typeSize + moreSize[kind]
	case version.Compare(version.Lang(goVersion), "go1.27") < 0:
		return typeSize + 64
	}
	return typeSize + 88
}

// hideMethods makes reflect count the methods that hidden tells by their names among the unexported ones of a type. They must
// be the last of the exported ones, which are sorted by name. It says whether it changed anything.
func (o object) hideMethods(s symbol, hidden func(string) bool) bool {
	t := s.content
	if len(t) < typeSize || t[typeFlags]&flagUncommon == 0 {
		return false
	}
	at := sizeOf(t[typeKind]&(1<<5-1), o.version)
	if len(t) < at+16 {
		return false
	}
	more := t[at:] // path of the package, numbers of all and of exported methods, distance of the methods
	all, exported := int(binary.LittleEndian.Uint16(more[4:])), binary.LittleEndian.Uint16(more[6:])
	methods := at + int(binary.LittleEndian.Uint32(more[8:]))
	if methods+all*methodSize != len(t) || int(exported) > all {
		return false
	}
	isHidden := func(i int) bool {
		name, _ := splitName(o.target(s, methods+i*methodSize))
		return name != nil && hidden(string(name))
	}
	n := exported
	for n > 0 && isHidden(int(n-1)) {
		n--
	}
	for i := range int(n) {
		if isHidden(i) {
			return false // an exported method comes after a hidden one
		}
	}
	binary.LittleEndian.PutUint16(more[6:], n)
	return n != exported
}
