package build

// Cgo is a Go file with import "C", taken apart by go tool cgo.
type Cgo struct {
	// GoSource is the user's file with every C name replaced; TypesSource declares what they were replaced by.
	GoSource, TypesSource []byte

	importSource []byte   // _cgo_import.go: what the plugin takes from shared libraries
	objects      []string // compiled C files
	ldflags      []string
}
