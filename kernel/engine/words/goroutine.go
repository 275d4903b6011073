package words

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var goroutineHead = regexp.MustCompile(`^goroutine (\d+) (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[([^\]]*)\]`)

// Goroutine describes one goroutine from its part of the dump: what it waits for, the lines of
// cells that it is in, and the line that started it.
func (c *Cells) Goroutine(head, stack string) string {
	state := head
	if m := goroutineHead.FindStringSubmatch(head); m != nil {
		state = "goroutine " + m[1] + ": " + m[2]
	}
	here, created, _ := strings.Cut(stack, "\ncreated by ")
	var sb strings.Builder
	sb.WriteString(state + "\n")
	place := func(word, text string) {
		for _, m := range cellPlace.FindAllStringSubmatch(text, -1) {
			s, _ := c.get(m[1])
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
