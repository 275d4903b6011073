package engine

import (
	"fmt"
	"regexp"
)

// gobDuplicate is what gob panics with when a name is registered for a second type.
var gobDuplicate = regexp.MustCompile(`^gob: registering duplicate types for "(\*?main\.([^"]+))": (.+) != (.+)$`)

// advice says why a panic happened that has its cause in the session rather than in the cell, and what to do.
func advice(value string) []string {
	if m := gobDuplicate.FindStringSubmatch(value); m != nil && m[3] == m[4] {
		return []string{fmt.Sprintf("gob keeps the type that was registered under the name %q first; %s was defined again since. Register the new one under another name: gob.RegisterName(%q, v).", m[1], m[2], m[1]+"2"),
			"Or restart the kernel: a fresh process has registered nothing."}
	}
	return nil
}
