package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/build"
)

// fakeCache makes a cache of files with kilobytes of content, as last used so many hours ago.
func fakeCache(t *testing.T) (dir string, there func(name string) bool) {
	t.Helper()
	dir = t.TempDir()
	file := func(name string, kilobytes int) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, kilobytes<<10), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file("base/old/worker", 100)
	file("base/old/manifest.json", 0)
	file("base/new/worker", 100)
	for _, cell := range []string{"first", "second"} {
		for _, ext := range []string{".so", ".a", ".sum"} {
			file("base/new/cells/"+cell+ext, 10)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "base/new/manifest.json"), []byte(`{"Mod": "replace x => $GONBML_CACHE/src/needed"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	file("src/needed/a.go", 10)
	file("src/other/a.go", 10)
	age := func(name string, hours float64) {
		when := time.Now().Add(-time.Duration(hours * float64(time.Hour)))
		if err := os.Chtimes(filepath.Join(dir, name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	for _, ext := range []string{".so", ".a", ".sum"} {
		age("base/new/cells/first"+ext, 5)
		age("base/new/cells/second"+ext, 2)
	}
	age("base/old", 48)
	age("base/new", 3)
	age("src/needed", 72)
	age("src/other", 72)
	return dir, func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
}

func TestTrimming(t *testing.T) {
	const forever = 1000 * time.Hour
	for _, tt := range []struct {
		name      string
		limit     int64
		unusedFor time.Duration
		gone      string
	}{
		{"room for all", 1 << 20, forever, ""},
		{"no limit", 0, forever, ""},
		{"a little too much", 275 << 10, forever, "src/other"},
		{"half", 200 << 10, forever, "src/other base/old"},
		{"the least recently used cell", 145 << 10, forever, "src/other base/old base/new/cells/first.so base/new/cells/first.a"},
		{"nothing stays", 1, forever, "src/other base/old base/new src/needed"},
		{"by age", 0, 24 * time.Hour, "src/other base/old"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, there := fakeCache(t)
			before := build.CacheUsage(dir)
			freed := build.CleanCache(dir, tt.limit, tt.unusedFor)
			if after := build.CacheUsage(dir); before.Bytes-after.Bytes != freed {
				t.Errorf("freed %d of %d, %d are left", freed, before.Bytes, after.Bytes)
			}
			for _, name := range []string{"src/other", "src/needed", "base/old", "base/new", "base/new/cells/first.so", "base/new/cells/first.a", "base/new/cells/second.so"} {
				gone := false
				for _, g := range strings.Fields(tt.gone) {
					gone = gone || name == g || strings.HasPrefix(name, g+"/")
				}
				if name == "src/needed" && tt.name == "nothing stays" {
					continue // it goes with the next trim: it was looked at before the worker that names it
				}
				if there(name) == gone {
					t.Errorf("%s: there %v, want %v", name, gone, !gone)
				}
			}
		})
	}
}

func TestTrimmingSparesWhatALivingKernelMayUse(t *testing.T) {
	dir, there := fakeCache(t)
	session := filepath.Join(dir, "sessions", "1")
	if err := os.MkdirAll(session, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(session, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	started := time.Now().Add(-4 * time.Hour)
	if err := os.Chtimes(f.Name(), started, started); err != nil {
		t.Fatal(err)
	}
	build.CleanCache(dir, 1, time.Nanosecond)
	for name, want := range map[string]bool{"base/old": false, "base/new/worker": true, "base/new/cells/first.so": false, "base/new/cells/second.so": true, "src/needed": true, "src/other": false, "sessions/1": true} {
		if there(name) != want {
			t.Errorf("%s: there %v, want %v", name, !want, want)
		}
	}
	if u := build.CacheUsage(dir); u.Sessions != 1 || u.Workers != 1 || u.Cells != 1 {
		t.Errorf("got %+v", u)
	}
	f.Close() // the kernel has ended
	build.CleanCache(dir, 1, time.Nanosecond)
	if there("base/new") || there("sessions/1") {
		t.Error("the leftovers of a dead kernel are still there")
	}
}

func TestLimits(t *testing.T) {
	for text, want := range map[string]int64{"": build.DefaultLimit, "0": 0, "500MB": 500 << 20, "1.5 GiB": 3 << 29, "20g": 20 << 30, "123": 123, "2TB": 2 << 40} {
		if got, err := build.Limit(text); got != want || err != nil {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"much", "-1", "GB", "1e30GB"} {
		if _, err := build.Limit(text); err == nil || !strings.Contains(err.Error(), "GONBML_CACHE_LIMIT") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
