package host

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// longest is how much of a panic's value is reported.
const longest = 16 << 10

// describe reports a recovered panic; it is called by the deferred function that recovered it,
// while the stack that panicked is still there.
func describe(value any) *frame.Panic {
	p := &frame.Panic{Frames: callers(), Stack: ownStack()}
	if f, ok := value.(rt.Failure); ok {
		value, p.Call, p.Ran = f.Err, f.Call, f.Ran
	}
	p.Value, p.Type = textOf(value), fmt.Sprintf("%T", value)
	if len(p.Value) > longest {
		p.Value = strings.ToValidUTF8(p.Value[:longest], "") + " ..."
	}
	_, p.Runtime = value.(runtime.Error)
	return p
}

// withNoted adds to a panic on a nil value the errors that its cell has got and not looked at yet.
func withNoted(p *frame.Panic, e *rt.Exec) *frame.Panic {
	if p.Runtime && strings.Contains(p.Value, "nil") {
		for _, f := range e.Noted() {
			p.Noted = append(p.Noted, f.Call+": "+fmt.Sprint(f.Err))
		}
	}
	return p
}

// callers returns the frames of the calling goroutine from where it panicked, without the runtime's
// own.
func callers() []frame.Frame {
	pcs := make([]uintptr, 256)
	pcs = pcs[:runtime.Callers(2, pcs)]
	var all []frame.Frame
	start := 0
	iter := runtime.CallersFrames(pcs)
	for {
		f, more := iter.Next()
		if f.Function != "" {
			all = append(all, frame.Frame{Function: f.Function, File: f.File, Line: f.Line})
		}
		// The innermost of these is where the panic, or the end of the goroutine, began.
		if start == 0 && (f.Function == "runtime.gopanic" || f.Function == "runtime.Goexit") {
			start = len(all)
		}
		if !more {
			break
		}
	}
	frames := all[start:]
	for len(frames) > 0 && strings.HasPrefix(frames[0].Function, "runtime.") {
		frames = frames[1:]
	}
	return cutHost(frames)
}

// cutHost removes the frames by which the host called the cell.
func cutHost(frames []frame.Frame) []frame.Frame {
	for i, f := range frames {
		if strings.Contains(f.Function, "/session/rt.(*Exec).Run") || strings.Contains(f.Function, "/kernel/worker/host.") {
			return frames[:i]
		}
	}
	for len(frames) > 0 && frames[len(frames)-1].Function == "runtime.goexit" {
		frames = frames[:len(frames)-1]
	}
	return frames
}

// ownStack is the calling goroutine's stack as the runtime prints it.
func ownStack() string {
	buf := make([]byte, 64<<10)
	return string(buf[:runtime.Stack(buf, false)])
}

// ownNumber is the number of the calling goroutine, from the head of its stack.
func ownNumber() string {
	var buf [64]byte
	head := string(buf[:runtime.Stack(buf[:], false)])
	number, _, _ := strings.Cut(strings.TrimPrefix(head, "goroutine "), " ")
	return number
}

// stackOf is the stack of the goroutine with that number, or "" if it has ended.
func stackOf(number string) string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) || len(buf) >= 64<<20 {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	for stack := range bytes.SplitSeq(buf, []byte("\n\n")) {
		if bytes.HasPrefix(stack, []byte("goroutine "+number+" ")) {
			return string(stack)
		}
	}
	return ""
}

var location = regexp.MustCompile(`^\t(.*):(\d+)(?: \+0x[0-9a-f]+)?$`)

// parseStack reads frames from a stack as the runtime prints it: a line with the call, then one
// with the place.
func parseStack(stack string) (frames []frame.Frame) {
	lines := strings.Split(stack, "\n")
	for i := 0; i+1 < len(lines); i++ {
		m := location.FindStringSubmatch(lines[i+1])
		if m == nil || strings.HasPrefix(lines[i], "\t") {
			continue
		}
		function := strings.TrimPrefix(lines[i], "created by ")
		function, _, _ = strings.Cut(function, " in goroutine ")
		if open := strings.LastIndexByte(function, '('); open > 0 && strings.HasSuffix(function, ")") {
			function = function[:open]
		}
		line, _ := strconv.Atoi(m[2])
		frames = append(frames, frame.Frame{Function: function, File: m[1], Line: line})
	}
	for len(frames) > 0 && strings.HasPrefix(frames[0].Function, "runtime.") {
		frames = frames[1:]
	}
	return cutHost(frames)
}
