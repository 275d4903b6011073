package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCacheCommands(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", home)
	t.Setenv("GONBML_CACHE_LIMIT", "")
	cell := func(name string, age time.Duration) string {
		path := filepath.Join(home, "gonbml/base/x/cells", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 2048), 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Now().Add(-age)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fresh, recent, old := cell("fresh.so", 0), cell("recent.so", 24*time.Hour), cell("old.so", 10*24*time.Hour)
	left := func() (names string) {
		for _, f := range []string{fresh, recent, old} {
			if _, err := os.Stat(f); err == nil {
				names += filepath.Base(f) + " "
			}
		}
		return names
	}
	for _, tt := range []struct {
		args, limit, want, left string
		status                  int
	}{
		{"cache info", "", "cells    3, 6.0 kB", "fresh.so recent.so old.so ", 0},
		{"cache info", "", "limit: 10.0 GB", "fresh.so recent.so old.so ", 0},
		{"cache info", "0", "limit: none", "fresh.so recent.so old.so ", 0},
		{"cache info", "lots", "GONBML_CACHE_LIMIT: expected a size", "fresh.so recent.so old.so ", 2},
		{"cache clean", "", "removed 2.0 kB; 4.0 kB are left", "fresh.so recent.so ", 0},
		{"cache clean --all", "", "removed 2.0 kB; 2.0 kB are left", "fresh.so ", 0},
		{"cache clean more", "", `unexpected argument "more"`, "fresh.so ", 2},
	} {
		t.Setenv("GONBML_CACHE_LIMIT", tt.limit)
		status, stdout, stderr := runCommand(strings.Fields(tt.args)...)
		if status != tt.status || !strings.Contains(stdout+stderr, tt.want) {
			t.Errorf("%s with limit %q: status %d, %q %q; want %d, %q", tt.args, tt.limit, status, stdout, stderr, tt.status, tt.want)
		}
		if got := left(); got != tt.left {
			t.Errorf("after %s: left are %s, want %s", tt.args, got, tt.left)
		}
	}
}
