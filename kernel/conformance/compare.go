package conformance

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/exec"
)

// differs says how what cells did differs from what the program does by itself; "" if it does not.
func differs(run Run, ref Reference) string {
	switch {
	case run.TimedOut:
		return "did not end in time" + after(run)
	case run.Lame != "":
		return run.Lame
	case run.Shown != "":
		return fmt.Sprintf("showed %.200q, which the program does not", run.Shown)
	}
	if d := endsOtherwise(run, ref); d != "" {
		return d
	}
	if d := textDiffers("standard output", run.Stdout, ref.Stdout); d != "" {
		return d
	}
	return textDiffers("standard error", beforeCrash(run.Stderr), beforeCrash(ref.Stderr))
}

func after(run Run) string {
	if run.Failure == nil {
		return ""
	}
	return "; " + run.Failure.Error()
}

// endsOtherwise compares how the two ended: by returning, by os.Exit, by a panic, or by an error of
// Go's run-time system.
func endsOtherwise(run Run, ref Reference) string {
	f := run.Failure
	crash := crashLine(ref.Stderr)
	switch {
	case f == nil && ref.Status == 0:
		return ""
	case f == nil && ref.Status == 2 && crash != "" && strings.Contains(run.Stderr, strings.TrimPrefix(crash, "panic: ")):
		return "" // a goroutine's panic, which the session survives and tells of on standard error
	case f == nil:
		return fmt.Sprintf("by itself it ends with status %d (%.100s), the cell did not fail", ref.Status, crash)
	case f.Name == exec.WorkerExit:
		if m := exitStatus.FindStringSubmatch(f.Value); m != nil && m[1] == strconv.Itoa(ref.Status) && crash == "" {
			return ""
		}
		if ref.Status == 2 && strings.HasPrefix(crash, "fatal error: ") && strings.Contains(f.Value, crash) {
			return ""
		}
	case f.Name == exec.Panic:
		if ref.Status == 2 && samePanic(f.Value, crash) {
			return ""
		}
	}
	where := ""
	if run.Failed > 1 {
		where = fmt.Sprintf("cell %d: ", run.Failed)
	}
	said := strings.Join(f.Traceback, " | ")
	return fmt.Sprintf("by itself it ends with status %d%s; %s%s [%.600s]", ref.Status, quoted(crash), where, f.Error(), colours.ReplaceAllString(said, ""))
}

func quoted(s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf(" (%.100s)", s)
}

var (
	colours    = regexp.MustCompile("\x1b\\[[0-9;]*m")
	exitStatus = regexp.MustCompile(`os\.Exit\((\d+)\)`)
	// crashed matches the line with which Go's run-time system begins its report of a crash.
	crashed = regexp.MustCompile(`(?m)^(panic: |fatal error: |unexpected fault address |runtime: goroutine stack exceeds )`)
	cause   = regexp.MustCompile(`(?m)^(panic: |fatal error: ).*`)
)

// beforeCrash returns what a program wrote to standard error before the report of its crash: that
// has stacks and addresses.
func beforeCrash(stderr string) string {
	if i := crashed.FindStringIndex(stderr); i != nil {
		return stderr[:i[0]]
	}
	return stderr
}

// crashLine returns the line of the report that names the cause, "" if there is none.
func crashLine(stderr string) string {
	i := crashed.FindStringIndex(stderr)
	if i == nil {
		return ""
	}
	return cause.FindString(stderr[i[0]:])
}

// samePanic compares the value of a panic as a cell tells it with the line that Go prints. Go adds
// what became of the panic, and writes values of types that it cannot print by their address.
func samePanic(value, line string) bool {
	want, ok := strings.CutPrefix(line, "panic: ")
	if !ok {
		return false
	}
	want = strings.TrimSuffix(strings.TrimSuffix(want, " [recovered]"), " [recovered, repanicked]")
	return value == want || strings.HasPrefix(want, "(")
}

// textDiffers shows the first difference of two texts.
func textDiffers(what, got, want string) string {
	if got == want {
		return ""
	}
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, strings.LastIndexByte(got[:i], '\n')+1)
	from = max(from, i-60)
	line := strings.Count(got[:i], "\n") + 1
	return fmt.Sprintf("%s differs in line %d: got %.160q, want %.160q", what, line, got[from:], want[from:])
}
