package history

import (
	"errors"
	"os"
)

// Usage returns how many sessions the history in the folder has, and how many bytes they take.
func Usage(dir string) (count int, bytes int64) {
	for _, n := range sessions(dir) {
		if info, err := os.Stat(fileName(dir, n)); err == nil {
			count++
			bytes += info.Size()
		}
	}
	return count, bytes
}

// Clear removes all sessions from the folder. A running kernel goes on, but its current session is
// not kept.
func Clear(dir string) error {
	var errs []error
	for _, n := range sessions(dir) {
		errs = append(errs, os.Remove(fileName(dir, n)))
	}
	return errors.Join(errs...)
}

// trim removes the oldest sessions until the rest takes less than most bytes.
func trim(dir string, most int64) {
	_, bytes := Usage(dir)
	for _, n := range sessions(dir) {
		if bytes < most {
			return
		}
		info, err := os.Stat(fileName(dir, n))
		if err == nil && os.Remove(fileName(dir, n)) == nil {
			bytes -= info.Size()
		}
	}
}
