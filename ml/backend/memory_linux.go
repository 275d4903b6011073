package backend

/*
#include <malloc.h>

// keep_memory tells glibc not to give freed memory back to the system. It returns 0 where there is no glibc.
static int keep_memory(void) {
#ifdef __GLIBC__
	return mallopt(M_MMAP_THRESHOLD, 1 << 30) && mallopt(M_TRIM_THRESHOLD, 0x7fffffff) && mallopt(M_TOP_PAD, 256 << 20);
#else
	return 0;
#endif
}
*/
import "C"

import (
	"os"
	"strconv"
	"strings"
)

// roomy is how much memory the process must be allowed for freed memory to be kept.
const roomy = 4 << 30

// keepMemory lets the C allocator keep what it has once got. XLA allocates the intermediate results
// of an execution, tens of megabytes, anew each time; glibc gives so large blocks back to the
// system, which then fills each page with zeros again: a quarter of the time of a small
// convolutional network. The price is that memory stays at its peak. So it is left alone where
// memory is scarce, and where the user has tuned the allocator.
func keepMemory(m Env) {
	for _, key := range []string{"GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_"} {
		if m.Getenv(key) != "" {
			return
		}
	}
	if memory(m) >= roomy {
		C.keep_memory()
	}
}

// memory is how much memory the process may use: the machine's, or what its control group allows if
// that is less; 0 if it cannot be told.
func memory(m Env) int64 {
	read := func(file string) string {
		text, err := os.ReadFile(m.Root + file)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(text))
	}
	total := int64(0)
	if fields := strings.Fields(read("/proc/meminfo")); len(fields) > 1 && fields[0] == "MemTotal:" {
		kb, err := strconv.ParseInt(fields[1], 10, 64)
		if err == nil {
			total = kb << 10
		}
	}
	// A container sees its own control group at the root; outside one the file of its own says
	// which it is, and its parents' limits hold, too.
	limits := []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}
	for _, line := range strings.Split(read("/proc/self/cgroup"), "\n") {
		if path, ok := strings.CutPrefix(line, "0::"); ok {
			for ; len(path) > 1; path = path[:strings.LastIndexByte(path, '/')] {
				limits = append(limits, "/sys/fs/cgroup"+path+"/memory.max")
			}
		}
	}
	for _, file := range limits {
		// If there is no limit, the file says "max" or a number beyond all memory.
		if limit, err := strconv.ParseInt(read(file), 10, 64); err == nil && limit < total {
			total = limit
		}
	}
	return total
}
