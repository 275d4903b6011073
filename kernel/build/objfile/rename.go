// Package objfile writes over the names that compiled Go code tells of itself: in the archive that
// the compiler made of a package, and in the plugin that the linker made of it. It owns what is
// known of the layout of these files. It does not know what a name means, and runs no tool.
//
// A program can ask for the names that it consists of: those of functions (runtime.FuncForPC, every
// stack trace) and of types (reflect, %T, the texts of panics, gob's registry). Those that only the
// build needs are turned here into those of the program that the user wrote. Where they stand,
// nothing depends on what they say: functions are found by address, types are told apart by address
// and by a hash that the compiler made of the package's real path, and both files hold the real
// names in other places, for the linker and for plugin.Open. As a name may become shorter but not
// longer, it is written over the old one, and nothing moves.
//
// Function names are collected by the linker, in the plugin's .gopclntab; those of types are in the
// archive, where each is a symbol of its own. The archive must be changed before it is linked: the
// linker sorts types by their names, and reflect relies on the order. A layout that is not the
// known one leaves the names as they are.
package objfile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"go/version"
	"io"
	"os"
)

// newest is the last version of Go whose files were looked at. The layout of object files and of
// the functions' table names itself in the file; that of types does not.
const newest = "go1.27"

// Knows says whether files of that version of Go, such as "go1.26.8", have the layout that is known
// here.
func Knows(goVersion string) bool {
	lang := version.Lang(goVersion)
	return lang != "" && version.Compare(lang, newest) <= 0
}

// RenameFunctions shortens the names in a plugin's table of functions. A name for which rename
// returns a longer one stays.
func RenameFunctions(so string, rename func(string) string) error {
	file, err := os.OpenFile(so, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	at, table := functionNames(file)
	if !renameTable(table, rename) {
		return nil
	}
	_, err = file.WriteAt(table, at)
	return err
}

// functionNames reads the table of function names of an ELF file and says where it stands. It returns nil when it does not
// know the file's layout.
func functionNames(file *os.File) (at int64, table []byte) {
	f, err := elf.NewFile(file)
	if err != nil {
		return 0, nil
	}
	s := f.Section(".gopclntab")
	if s == nil || s.Type != elf.SHT_PROGBITS || s.Flags&elf.SHF_COMPRESSED != 0 {
		return 0, nil
	}
	from, to, ok := functionTable(s, s.FileSize, f.ByteOrder)
	if !ok {
		return 0, nil
	}
	table = make([]byte, to-from)
	if _, err := s.ReadAt(table, int64(from)); err != nil {
		return 0, nil
	}
	return int64(s.Offset + from), table
}

// pclntabMagic begins the tables that Go has written since version 1.20.
const pclntabMagic = 0xfffffff1

// functionTable finds the table of names in a pclntab: after a header of 8 bytes and a few words, the third and fourth last but
// one of which say where the names and what follows them begin.
func functionTable(r io.ReaderAt, size uint64, order binary.ByteOrder) (from, to uint64, ok bool) {
	const headerSize = 8 + 8*8
	var h [headerSize]byte
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return 0, 0, false
	}
	const ptrSize = 8
	if order.Uint32(h[:]) != pclntabMagic || h[4] != 0 || h[5] != 0 || h[7] != ptrSize {
		return 0, 0, false
	}
	word := func(n int) uint64 { return order.Uint64(h[8+n*ptrSize:]) }
	from, to = word(3), word(4)
	return from, to, headerSize <= from && from < to && to <= word(5) && to <= size
}

// renameTable shortens names that stand one after another, each ended by a zero. It says whether it changed any.
func renameTable(table []byte, rename func(string) string) (changed bool) {
	for start := 0; start < len(table); {
		n := bytes.IndexByte(table[start:], 0)
		if n < 0 {
			return changed
		}
		old := table[start : start+n]
		if now := rename(string(old)); len(now) < n {
			clear(old[copy(old, now):])
			changed = true
		}
		start += n + 1
	}
	return changed
}

// RenameTypes shortens the names of types and packages in an archive's type data. hidden, where not
// nil, says which methods are exported for the build's sake only; reflect does not see them then.
func RenameTypes(archive string, rename func(string) string, hidden func(string) bool) error {
	data, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	changed := false
	eachObject(data, func(o object) {
		for _, s := range o.symbols() {
			switch {
			case bytes.HasPrefix(s.name, []byte("type:.namedata.")) || bytes.HasPrefix(s.name, []byte("type:.importpath.")):
				changed = renameType(s.content, rename) || changed
			case hidden != nil && bytes.HasPrefix(s.name, []byte("type:")):
				changed = o.hideMethods(s, hidden) || changed
			}
		}
	})
	if !changed {
		return nil
	}
	return os.WriteFile(archive, data, 0o600)
}

// renameType shortens one name as type data holds it: a byte of flags, the length, the name, and perhaps a tag. One that is
// followed by a reference to a package (a flag says so) must keep its length: the linker will write that.
func renameType(name []byte, rename func(string) string) bool {
	const followedByPackage = 1 << 2
	old, rest := splitName(name)
	if old == nil || name[0]&followedByPackage != 0 {
		return false
	}
	now := rename(string(old))
	if len(now) >= len(old) {
		return false
	}
	text := append(binary.AppendUvarint(name[:1:1], uint64(len(now))), now...)
	text = append(text, rest...)
	clear(name[copy(name, text):])
	return true
}

// splitName returns the name that a piece of type data holds, nil if it is none, and what follows it.
func splitName(data []byte) (name, rest []byte) {
	if len(data) < 2 {
		return nil, nil
	}
	n, size := binary.Uvarint(data[1:])
	if size <= 0 || n > uint64(len(data)-1-size) {
		return nil, nil
	}
	start := 1 + size
	return data[start : start+int(n)], data[start+int(n):]
}
