package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	kexec "github.com/gonbml/gonbml/kernel/exec"
)

// memory tells how much memory the worker uses.
func (e *Engine) memory() string {
	p := e.process()
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

// goroutines lists the goroutines that cell code has started, with where they stand.
func (e *Engine) goroutines(ctx context.Context, out kexec.Output) *kexec.Failure {
	p := e.process()
	if p == nil {
		out.Stream("stdout", "no goroutine: the process that runs the cells has not been started\n")
		return nil
	}
	dump, err := p.Stacks(ctx)
	if err != nil {
		return failure(kexec.CommandError, fmt.Sprintf("%%goroutines: %v", err))
	}
	n := 0
	for _, g := range strings.Split(dump, "\n\n") {
		head, stack, _ := strings.Cut(g, "\n")
		if !strings.Contains(stack, cellFile) {
			continue
		}
		n++
		out.Stream("stdout", e.goroutine(head, stack))
	}
	if n == 0 {
		out.Stream("stdout", "no goroutine of a cell is alive\n")
	}
	return nil
}

var goroutineHead = regexp.MustCompile(`^goroutine (\d+) (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[([^\]]*)\]`)

// goroutine describes one goroutine from its part of the dump: what it waits for, the lines of cells that it is in, and
// the line that started it.
func (e *Engine) goroutine(head, stack string) string {
	state := head
	if m := goroutineHead.FindStringSubmatch(head); m != nil {
		state = "goroutine " + m[1] + ": " + m[2]
	}
	here, created, _ := strings.Cut(stack, "\ncreated by ")
	var sb strings.Builder
	sb.WriteString(state + "\n")
	place := func(word, text string) {
		for _, m := range cellPlace.FindAllStringSubmatch(text, -1) {
			s, _ := e.cells.get(m[1])
			line, err := strconv.Atoi(m[2])
			if err != nil {
				continue
			}
			sb.WriteString(fmt.Sprintf("  %s cell [%d] line %d\n", word, s.number, line))
			for _, l := range sourceLine(s.source, line) {
				sb.WriteString(l + "\n")
			}
		}
	}
	place("at", here)
	place("started at", created)
	return sb.String()
}
