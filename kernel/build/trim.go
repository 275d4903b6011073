package build

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// LimitVariable names the environment variable that limits the cache, as in "20GB"; "0" stands for no limit.
const LimitVariable = "GONBML_CACHE_LIMIT"

// DefaultLimit is the size that the cache is kept below.
const DefaultLimit = 10 << 30

const (
	// unused is how long something may lie in the cache, unused, before it goes even if there is room.
	unused = 30 * 24 * time.Hour
	// fresh is what no trim touches: somebody may be about to use it.
	fresh = 10 * time.Minute
	// trimPeriod is how long sessions leave the cache alone after one of them has trimmed it.
	trimPeriod = time.Hour
)

// Limit reads a value of LimitVariable; 0 stands for no limit.
func Limit(value string) (int64, error) {
	number := strings.ToUpper(strings.TrimSpace(value))
	if number == "" {
		return DefaultLimit, nil
	}
	number = strings.TrimSuffix(strings.TrimSuffix(number, "B"), "I")
	factor := int64(1)
	for i, unit := range []string{"K", "M", "G", "T"} {
		if rest, ok := strings.CutSuffix(number, unit); ok {
			number, factor = strings.TrimSpace(rest), 1<<(10*(i+1))
			break
		}
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || f < 0 || f*float64(factor) > 1<<60 {
		return 0, fmt.Errorf("%s: expected a size such as 20GB, or 0 for no limit. Got %q", LimitVariable, value)
	}
	return int64(f * float64(factor)), nil
}

// Usage says what a cache holds.
type Usage struct {
	Dir                     string
	Bytes                   int64 // files with several names count once
	Workers, Cells, Sources int
	CellBytes               int64
	Sessions                int       // kernels that live and use the cache
	Since                   time.Time // when the first of them started
}

// entry is something in the cache that can go as a whole.
type entry struct {
	paths []string // files or folders
	base  string   // of a cell: the folder of its base set
	used  time.Time
	bytes int64
}

// inventory is what a trim decides on.
type inventory struct {
	Usage
	entries []entry // workers, cells and sources
}

// takeInventory looks at the whole cache. Files that vanish meanwhile are none.
func takeInventory(dir string) *inventory {
	inv := &inventory{Usage: Usage{Dir: dir}}
	counted := map[[2]uint64]bool{}
	size := func(path string, skip string) (n int64) {
		filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			if d.IsDir() {
				if name == skip {
					return filepath.SkipDir
				}
				return nil
			}
			info, err := d.Info()
			if err != nil {
				return nil
			}
			if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Nlink > 1 {
				id := [2]uint64{uint64(st.Dev), st.Ino}
				if counted[id] {
					return nil
				}
				counted[id] = true
			}
			n += info.Size()
			return nil
		})
		return n
	}
	inv.sessions()
	bases := children(filepath.Join(dir, "base"))
	slices.SortFunc(bases, func(a, b entry) int { return b.used.Compare(a.used) }) // what is shared belongs to the newest
	for _, bs := range bases {
		cells := filepath.Join(bs.paths[0], "cells")
		bs.bytes = size(bs.paths[0], cells)
		for _, c := range cellEntries(bs.paths[0], cells) {
			if c.used.After(bs.used) {
				bs.used = c.used
			}
			inv.CellBytes += c.bytes
			inv.Bytes += c.bytes
			inv.Cells++
			inv.entries = append(inv.entries, c)
		}
		inv.Bytes += bs.bytes
		inv.Workers++
		inv.entries = append(inv.entries, bs)
	}
	for _, src := range children(filepath.Join(dir, "src")) {
		src.bytes = size(src.paths[0], "")
		inv.Bytes += src.bytes
		inv.Sources++
		inv.entries = append(inv.entries, src)
	}
	for _, name := range []string{"sessions", "toolchain"} {
		inv.Bytes += size(filepath.Join(dir, name), "")
	}
	slices.SortStableFunc(inv.entries, func(a, b entry) int {
		// Of equal age, cells go before the worker that can run them.
		return cmp.Or(a.used.Compare(b.used), -cmp.Compare(len(a.base), len(b.base)))
	})
	return inv
}

// children lists what is in a folder.
func children(dir string) (list []entry) {
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, d := range found {
		if info, err := d.Info(); err == nil {
			list = append(list, entry{paths: []string{filepath.Join(dir, d.Name())}, used: info.ModTime()})
		}
	}
	return list
}

// cellEntries groups the files of each cell.
func cellEntries(base, dir string) []entry {
	found, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	byName := map[string]*entry{}
	for _, d := range found {
		info, err := d.Info()
		if err != nil {
			continue
		}
		name := strings.TrimSuffix(d.Name(), filepath.Ext(d.Name()))
		c := byName[name]
		if c == nil {
			c = &entry{base: base}
			byName[name] = c
		}
		c.paths = append(c.paths, filepath.Join(dir, d.Name()))
		c.bytes += info.Size()
		if info.ModTime().After(c.used) {
			c.used = info.ModTime()
		}
	}
	list := make([]entry, 0, len(byName))
	for _, c := range byName {
		list = append(list, *c)
	}
	return list
}

// sessions counts the kernels that live: those that hold the lock of their session's folder.
func (inv *inventory) sessions() {
	inv.Since = time.Now()
	for _, s := range children(filepath.Join(inv.Dir, "sessions")) {
		f, err := os.Open(filepath.Join(s.paths[0], "lock"))
		if err != nil {
			continue // it is being made or removed at this moment
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) != nil {
			inv.Sessions++
			if info, err := f.Stat(); err == nil && info.ModTime().Before(inv.Since) {
				inv.Since = info.ModTime()
			}
		}
		f.Close()
	}
}

// trim removes what was used before cutoff, and then what was used least recently until the cache is below limit (0: no limit).
// It never touches what a living kernel may use, which is all that was used since the first of them started, and nothing fresh.
func (inv *inventory) trim(limit int64, cutoff time.Time) (freed int64) {
	spared := time.Now().Add(-fresh)
	if inv.Since.Before(spared) {
		spared = inv.Since
	}
	gone := map[string]bool{}
	for _, e := range inv.entries {
		over := limit > 0 && inv.Bytes-freed > limit
		if !e.used.Before(spared) || !over && !e.used.Before(cutoff) {
			continue
		}
		if e.base != "" && gone[e.base] || inv.needed(e, gone) {
			continue
		}
		for _, p := range e.paths {
			os.RemoveAll(p)
			gone[p] = true
		}
		freed += e.bytes
	}
	return freed
}

// needed says whether an entry is a folder of sources that the go.mod of a worker that stays names.
func (inv *inventory) needed(e entry, gone map[string]bool) bool {
	path := e.paths[0]
	if filepath.Base(filepath.Dir(path)) != "src" {
		return false
	}
	for _, bs := range children(filepath.Join(inv.Dir, "base")) {
		data, err := os.ReadFile(filepath.Join(bs.paths[0], "manifest.json"))
		if err == nil && !gone[bs.paths[0]] && strings.Contains(string(data), "src/"+filepath.Base(path)) {
			return true
		}
	}
	return false
}

// CacheUsage looks at the cache in dir.
func CacheUsage(dir string) Usage { return takeInventory(dir).Usage }

// CacheInfo returns the cache folder and the bytes it holds on disk; archives shared with the go command's own cache
// count in full.
func (b *Builder) CacheInfo() (dir string, bytes int64, err error) {
	return b.opts.CacheDir, CacheUsage(b.opts.CacheDir).Bytes, nil
}

// CleanCache removes from the cache in dir what was not used for as long as unusedFor, but nothing that a living kernel may
// use, and returns how many bytes that were.
func CleanCache(dir string, limit int64, unusedFor time.Duration) (freed int64) {
	sweep(filepath.Join(dir, "sessions"))
	return takeInventory(dir).trim(limit, time.Now().Add(-unusedFor))
}

// DefaultCacheDir is the folder of the cache where Options name none.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the build cache: %w; set XDG_CACHE_HOME to one that can be written", err)
	}
	return filepath.Join(dir, "gonbml"), nil
}

// trimCache trims the cache in the background, at most once per trimPeriod for all sessions. Close waits for it. The
// caller holds mu.
func (b *Builder) trimCache() {
	marker := filepath.Join(b.opts.CacheDir, "trimmed")
	if info, err := os.Stat(marker); err == nil && time.Since(info.ModTime()) < trimPeriod || b.trimming != nil {
		return
	}
	limit, err := Limit(lookup(append(os.Environ(), b.opts.Env...), LimitVariable))
	if err != nil || writeFile(marker, nil, 0o600) != nil {
		return // the command line complains about a wrong limit
	}
	b.trimming = make(chan struct{})
	go func() {
		defer close(b.trimming)
		CleanCache(b.opts.CacheDir, limit, unused)
	}()
}
