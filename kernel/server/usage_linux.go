package server

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of CPU time in /proc (USER_HZ, which is 100 on all of Go's Linux ports).
const tick = 10 * time.Millisecond

// readProcesses returns all processes that can be seen, by number.
func readProcesses() (map[int]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	found := map[int]process{}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		// A process may end while we look.
		if stat, err := os.ReadFile("/proc/" + e.Name() + "/stat"); err == nil {
			if p, ok := parseStat(stat); ok {
				found[pid] = p
			}
		}
	}
	return found, nil
}

// parseStat reads a line of /proc/PID/stat. The second field is the program's name in parentheses,
// which may hold anything; after it come the state, the parent, and as the 14th and 15th fields of
// all the CPU time in ticks.
func parseStat(stat []byte) (process, bool) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return process{}, false
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 13 {
		return process{}, false
	}
	parent, err1 := strconv.Atoi(fields[1])
	user, err2 := strconv.ParseInt(fields[11], 10, 64)
	system, err3 := strconv.ParseInt(fields[12], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return process{}, false
	}
	return process{parent: parent, cpu: time.Duration(user+system) * tick}, true
}

// readMemory returns the memory of a process in bytes: its proportional share, in which what
// several processes share counts once; 0 if the process is gone.
func readMemory(pid int) uint64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	return parseKB(text)["Pss"]
}

// readHostCPU returns the machine's CPU time since it started: that spent working, and all.
func readHostCPU() (busy, all time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, err
	}
	return parseHostCPU(text)
}

// parseHostCPU reads the first line of /proc/stat: user, nice, system, idle, iowait and others, in
// ticks.
func parseHostCPU(text []byte) (busy, all time.Duration, err error) {
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if len(fields) < 6 || fields[0] != "cpu" {
		return 0, 0, fmt.Errorf("expected the line of all CPUs in /proc/stat, got %q", line)
	}
	// The last two, guest times, are counted in user and nice already.
	for i, f := range fields[1:min(len(fields), 9)] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("read /proc/stat: %w", err)
		}
		all += time.Duration(n) * tick
		if i != 3 && i != 4 {
			busy += time.Duration(n) * tick
		}
	}
	return busy, all, nil
}

func readHostMemory() (hostMemory, error) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return hostMemory{}, err
	}
	sizes := parseKB(text)
	return hostMemory{total: sizes["MemTotal"], available: sizes["MemAvailable"], free: sizes["MemFree"]}, nil
}

// parseKB reads lines of "Name:  123 kB" and returns the sizes in bytes; other lines are skipped.
func parseKB(text []byte) map[string]uint64 {
	sizes := map[string]uint64{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(line, ":")
		fields := strings.Fields(rest)
		if len(fields) != 2 || fields[1] != "kB" {
			continue
		}
		if n, err := strconv.ParseUint(fields[0], 10, 64); err == nil {
			sizes[name] = n << 10
		}
	}
	return sizes
}
