package words

import (
	"fmt"
	"regexp"
	"strings"
)

// registries are libraries that refuse a second registration and offer no way to take the first one back, or one of their
// own; NAME stands for what the panic names.
var registries = []struct {
	panics *regexp.Regexp
	advice string
}{
	{regexp.MustCompile(`^sql: Register called twice for driver (\S+)`),
		`database/sql keeps the first driver. Ask before registering: if !slices.Contains(sql.Drivers(), "NAME") { ... }`},
	{regexp.MustCompile(`^(duplicate metrics collector) registration attempted`),
		"Take the old one back first: prometheus.Unregister(c) before prometheus.MustRegister(c) does so for any collector with the same name, help and labels."},
	{regexp.MustCompile(`^Reuse of exported var name: (\S+)`),
		`expvar keeps what was published. Ask before publishing: if expvar.Get("NAME") == nil { ... }`},
	{regexp.MustCompile(`(?s)^pattern "([^"]+)" .*conflicts with pattern`),
		"Use a mux of the cell's own, mux := http.NewServeMux(), or empty the common one first: http.DefaultServeMux = http.NewServeMux()."},
	{regexp.MustCompile(`(flag) redefined: `),
		"Flags that cells define with flag.Int and its kin can be defined again; this one belongs to a library or a FlagSet of the cell's own."},
}

// gobDuplicate is what gob panics with when a name is registered for a second type.
var gobDuplicate = regexp.MustCompile(`^gob: registering duplicate types for "(\*?main\.([^"]+))": (.+) != (.+)$`)

// advice says why a panic happened, where its text does not, and what to do.
func advice(value string) []string {
	if m := gobDuplicate.FindStringSubmatch(value); m != nil && m[3] == m[4] {
		return []string{fmt.Sprintf("gob keeps the type that was registered under the name %q first; %s was defined again since. Register the new one under another name: gob.RegisterName(%q, v).", m[1], m[2], m[1]+"2"),
			"Or restart the kernel: a fresh process has registered nothing."}
	}
	for _, r := range registries {
		if m := r.panics.FindStringSubmatch(value); m != nil {
			return []string{"The cell was run before in this process, or another has registered the same. " + strings.ReplaceAll(r.advice, "NAME", m[1])}
		}
	}
	if hint := panicHint(value); hint != "" {
		return []string{hint}
	}
	return nil
}

// panicHint says what is behind a panic that has its cause in the line that panics.
func panicHint(value string) string {
	switch {
	case strings.Contains(value, "bind: address already in use"):
		return "if no other program holds the port, a goroutine that an earlier cell left behind does, as an interrupted server; %goroutines lists them. A server in a variable can be closed: srv := &http.Server{Addr: addr}, srv.ListenAndServe(), and later srv.Close()"
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
