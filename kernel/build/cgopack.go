package build

import (
	"fmt"
	"os"
	"path/filepath"
)

// goFiles writes the Go files that cgo made into dir.
func (c *Cgo) goFiles(dir string) ([]string, error) {
	var files []string
	for name, text := range map[string][]byte{"_cgo_gotypes.go": c.TypesSource, "_cgo_import.go": c.importSource} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// pack adds the C objects to an archive that the compiler wrote.
func (c *Cgo) pack(archive string) error {
	f, err := os.OpenFile(archive, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, object := range c.objects {
		data, err := os.ReadFile(object)
		if err != nil {
			return err
		}
		name := filepath.Base(object)
		if len(name) > 16 {
			name = name[:16]
		}
		// One member of a Unix archive: a header of 60 bytes, the content, and a byte more if that is odd.
		if _, err := fmt.Fprintf(f, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, 0, 0, 0, 0o644, len(data)); err != nil {
			return err
		}
		if len(data)%2 == 1 {
			data = append(data, 0)
		}
		if _, err := f.Write(data); err != nil {
			return err
		}
	}
	return nil
}
