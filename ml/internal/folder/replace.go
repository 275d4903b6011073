package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// syncFiles has all files below a folder written to the disk, so that a rename which outlives a crash finds them whole.
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

// replace puts the folder fresh in dir's place and removes what was there.
func Replace(dir, fresh string) error {
	if err := exchange(dir, fresh); err == nil {
		return os.RemoveAll(fresh)
	}
	// There is nothing to exchange, or the system cannot. The old folder goes aside first, because a folder cannot be renamed onto one
	// that is not empty, and comes back if that fails.
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
