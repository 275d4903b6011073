package server

import (
	"os"
	"reflect"
	"sort"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/message"
)

func TestUsage(t *testing.T) {
	c := connect(t, serve(t, newScript()), "c")
	ask := func() obj {
		t.Helper()
		return c.reply("control", "usage_reply", c.send("control", "usage_request", obj{}))
	}
	first := ask()
	equal(t, "pid", first["pid"], float64(os.Getpid()))
	if memory, ok := first["kernel_memory"].(float64); !ok || memory < 1<<20 || memory > 1<<36 {
		t.Errorf("kernel_memory: %v", first["kernel_memory"])
	}
	if m, ok := first["host_virtual_memory"].(obj); !ok || m["total"].(float64) < m["available"].(float64) || m["available"] == 0.0 {
		t.Errorf("host_virtual_memory: %v", first["host_virtual_memory"])
	}
	if _, ok := first["host_cpu_percent"]; ok {
		t.Errorf("the first answer has a share of CPU time: %v", first)
	}
}

func TestSharesAreOfTheTimeSinceTheLastSample(t *testing.T) {
	u := &sampler{}
	var r message.UsageReply
	begin := time.Now()
	u.sample(&r, begin)
	if *r.KernelCPU != 0 {
		t.Errorf("first share: %v", *r.KernelCPU)
	}
	// As if this process had worked one of four seconds.
	u.cpu[os.Getpid()] -= time.Second
	u.sample(&r, begin.Add(4*time.Second))
	if share := *r.KernelCPU; share < 25 || share > 75 {
		t.Errorf("second share: %v, want 25 and what the test itself took", share)
	}
}

func TestBelow(t *testing.T) {
	got := below(map[int]process{1: {parent: 0}, 2: {parent: 1}, 3: {parent: 2}, 4: {parent: 2}, 5: {parent: 1}}, 2)
	sort.Ints(got)
	if want := []int{2, 3, 4}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestParseProc(t *testing.T) {
	p, ok := parseStat([]byte("42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 8 9 20 0 1 0 100 1 1\n"))
	if want := (process{parent: 7, cpu: 2 * time.Second}); !ok || p != want {
		t.Errorf("stat: got %+v, %v", p, ok)
	}
	for _, bad := range []string{"", "42 (a", "42 (a) S 7", "42 (a) S x 42 42 0 -1 4194560 1 2 3 4 150 50"} {
		if _, ok := parseStat([]byte(bad)); ok {
			t.Errorf("%q was read", bad)
		}
	}
	busy, all, err := parseHostCPU([]byte("cpu  100 0 50 300 50 0 0 0 100 0\ncpu0 1 1 1 1\n"))
	if err != nil || busy != 1500*time.Millisecond || all != 5*time.Second {
		t.Errorf("cpu: got %v of %v, %v", busy, all, err)
	}
	if _, _, err := parseHostCPU([]byte("intr 1\n")); err == nil {
		t.Error("a line of no CPU was read")
	}
	got := parseKB([]byte("header line\nPss:   12 kB\nHugePages_Total:  3\nPss_Dirty: x kB\n"))
	if want := map[string]uint64{"Pss": 12 << 10}; !reflect.DeepEqual(got, want) {
		t.Errorf("sizes: got %v", got)
	}
}
