package engine

import (
	"fmt"
	"regexp"
	"strings"
)

// gobDuplicate is what gob panics with when a name is registered for a second type.
var gobDuplicate = regexp.MustCompile(`^gob: registering duplicate types for "(\*?main\.([^"]+))": (.+) != (.+)$`)

// advice says why a panic happened, where its text does not, and what to do.
func advice(value string) []string {
	if m := gobDuplicate.FindStringSubmatch(value); m != nil && m[3] == m[4] {
		return []string{fmt.Sprintf("gob keeps the type that was registered under the name %q first; %s was defined again since. Register the new one under another name: gob.RegisterName(%q, v).", m[1], m[2], m[1]+"2"),
			"Or restart the kernel: a fresh process has registered nothing."}
	}
	if hint := panicHint(value); hint != "" {
		return []string{hint}
	}
	return nil
}

// panicHint says what is behind a panic that has its cause in the line that panics.
func panicHint(value string) string {
	switch {
	case strings.Contains(value, "assignment to entry in nil map"):
		return "a map is made before it is filled: m := map[string]int{}, or m = make(map[string]int)"
	case strings.Contains(value, "nil pointer dereference"):
		return "a pointer in this line is nil: it was never set, or a function returned nil, perhaps with an error"
	case strings.HasPrefix(value, "interface conversion:"):
		return "v, ok := x.(T) asks without a panic; a type switch asks for several types"
	case strings.Contains(value, "close of nil channel"):
		return "a channel is made before it is used: c := make(chan int)"
	case strings.Contains(value, "all goroutines are asleep"):
		return "everything waits for something else: is a channel never sent to, or a lock held twice?"
	}
	return ""
}

// hints writes advice as the end of a traceback.
func hints(advice []string) (lines []string) {
	for i, text := range advice {
		mark := "  hint: "
		if i > 0 {
			mark = "        "
		}
		lines = append(lines, cyan+mark+plain+text)
	}
	return lines
}
