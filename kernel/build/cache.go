package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// hasher makes the names under which things are cached.
type hasher struct{ h hash.Hash }

func newHasher(kind string) hasher {
	h := hasher{sha256.New()}
	h.text(kind)
	return h
}

// text adds a string, so that no two lists of strings add the same bytes.
func (h hasher) text(s string) { fmt.Fprintf(h.h, "%d:%s", len(s), s) }

// file adds what tells a changed file from an unchanged one without reading it.
func (h hasher) file(path string) {
	if info, err := os.Stat(path); err == nil {
		h.text(fmt.Sprintf("%s %d %d", path, info.Size(), info.ModTime().UnixNano()))
	} else {
		h.text(path + " none")
	}
}

// sum returns 32 hexadecimal digits.
func (h hasher) sum() string { return hex.EncodeToString(h.h.Sum(nil)[:16]) }

// writeFile writes a file so that others see it whole or not at all, and makes its folder.
func writeFile(path string, data []byte, perm os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if e := f.Chmod(perm); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// linkOrCopy gives a file a second name, or a copy where the two are on different file systems.
func linkOrCopy(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, os.ErrExist) {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	return writeFile(to, data, 0o600)
}

// lock takes an exclusive lock on a file, shared with other processes. waiting is called once if somebody else has it.
// The returned function gives it back; the system does so, too, when the process dies.
func lock(ctx context.Context, path string, waiting func()) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for first := true; errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR); first = false {
		if first {
			waiting()
		}
		// A blocking flock could not be given up when ctx ends.
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// isFile says whether there is a regular file.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// sizeIs says whether a file has a length other than 0.
func sizeIs(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == size && size > 0
}

// use marks a folder of the cache as used now. A cache that cannot be written is no reason to fail.
func use(dir string) {
	now := time.Now()
	os.Chtimes(dir, now, now)
}

// FormatSize writes a number of bytes for people.
func FormatSize(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "kB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}
