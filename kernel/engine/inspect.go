package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/engine/words"
	kexec "github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/worker"
)

// memory tells how much memory a worker uses; nil is none.
func memory(p *worker.Process) string {
	if p == nil {
		return "no process"
	}
	return fmt.Sprintf("%s; %d compiled cells loaded", processMemory(p.PID()), p.Count())
}

// processMemory tells how much memory a process uses: all that is resident, and how much of it is its own rather than
// pages of files, which the system can drop and read again.
func processMemory(pid int) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil { // not Linux
		out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
		if err != nil {
			return "unknown"
		}
		return megabytes(strings.TrimSpace(string(out)))
	}
	of := func(field string) string {
		_, rest, _ := strings.Cut(string(status), "\n"+field+":")
		f := strings.Fields(rest)
		if len(f) == 0 {
			return "?"
		}
		return megabytes(f[0])
	}
	return fmt.Sprintf("%s resident, %s of it its own", of("VmRSS"), of("RssAnon"))
}

func megabytes(kb string) string {
	n, err := strconv.ParseFloat(kb, 64)
	if err != nil {
		return "?"
	}
	return fmt.Sprintf("%.1f MB", n/1024)
}

// goroutines lists the goroutines that cell code has started in a worker, with where they stand.
func goroutines(ctx context.Context, p *worker.Process, cells *words.Cells, out kexec.Output) *kexec.Failure {
	if p == nil {
		out.Stream("stdout", "no goroutine: the process that runs the cells has not been started\n")
		return nil
	}
	dump, err := p.Stacks(ctx)
	if err != nil {
		return words.Failure(kexec.CommandError, fmt.Sprintf("%%goroutines: %v", err))
	}
	n := 0
	for _, g := range strings.Split(dump, "\n\n") {
		head, stack, _ := strings.Cut(g, "\n")
		if !strings.Contains(stack, words.CellFile) {
			continue
		}
		n++
		out.Stream("stdout", cells.Goroutine(head, stack))
	}
	if n == 0 {
		out.Stream("stdout", "no goroutine of a cell is alive\n")
	}
	return nil
}
