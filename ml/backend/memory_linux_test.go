package backend

import (
	"os"
	"path/filepath"
	"testing"
)

func TestMemory(t *testing.T) {
	const gib = 1 << 30
	meminfo := map[string]string{"proc/meminfo": "MemTotal:       8388608 kB\nMemFree: 1 kB\n"}
	tests := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"unknown", nil, 0},
		{"no limit", meminfo, 8 * gib},
		{"unlimited group", map[string]string{"sys/fs/cgroup/memory.max": "max\n"}, 8 * gib},
		{"container", map[string]string{"sys/fs/cgroup/memory.max": "2147483648\n"}, 2 * gib},
		{"version 1", map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n"}, gib},
		{"version 1 without limit", map[string]string{"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 8 * gib},
		{"parent's limit", map[string]string{
			"proc/self/cgroup": "0::/user.slice/session\n", "sys/fs/cgroup/user.slice/memory.max": "3221225472\n", "sys/fs/cgroup/user.slice/session/memory.max": "max\n",
		}, 3 * gib},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			write := func(files map[string]string) {
				for name, text := range files {
					file := filepath.Join(root, name)
					if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
						t.Fatal(err)
					}
				}
			}
			if test.files != nil {
				write(meminfo)
			}
			write(test.files)
			if got := memory(Env{Root: root}); got != test.want {
				t.Errorf("got %d bytes. Expected %d", got, test.want)
			}
		})
	}
}
