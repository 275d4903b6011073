package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Sync writes all files below a folder to the disk, so that they are complete if a rename after it
// survives a crash.
func Sync(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// Replace puts the folder fresh in dir's place, and removes what was there. Both must be on the
// same file system.
func Replace(dir, fresh string) error {
	if err := exchange(dir, fresh); err == nil {
		return os.RemoveAll(fresh)
	}
	// There is nothing to exchange, or the system cannot do it. A folder cannot be renamed to one
	// that is not empty, so the old one is put aside first, and put back if the rename fails.
	old := fresh + "-old"
	err := os.Rename(dir, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	had := err == nil
	if err := os.Rename(fresh, dir); err != nil {
		if had {
			err = errors.Join(err, os.Rename(old, dir))
		}
		return err
	}
	return os.RemoveAll(old)
}
