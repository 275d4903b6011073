package frame

import "fmt"

// MarkerLen is the length of a marker. It is far below PIPE_BUF, so that a write puts it into a
// pipe in one piece.
const MarkerLen = prefixLen + 16

const prefixLen = 48

// Prefix makes the beginning of all markers of a process from a random string of 32 characters. No
// text contains it by chance.
func Prefix(random string) string { return fmt.Sprintf("\x00\x1b\x00gonbml:%-37.37s\x00", random) }

// Marker returns marker number n.
func Marker(prefix string, n int64) []byte { return fmt.Appendf(nil, "%s%016x", prefix, n) }
