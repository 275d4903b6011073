package build

// FindProject is findProject, for tests.
var FindProject = findProject

// UseTools makes the builder take compiler and linker from another folder, and returns the one it had.
func (b *Builder) UseTools(dir string) (before string) {
	before, b.tools.Tools = b.tools.Tools, dir
	return before
}

// Intact is Object.intact, for benchmarks.
func Intact(o Object) bool { return o.intact() }

// What shortens names, for tests of what it does with files that are not as expected.
var (
	RenameTable     = renameTable
	RenameType      = renameType
	RenameTypes     = renameTypes
	RenameFunctions = renameFunctions
)
