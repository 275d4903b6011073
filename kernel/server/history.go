package server

import (
	"regexp"
	"strings"
	"sync"

	"github.com/gonbml/gonbml/kernel/message"
)

// history is what ran in this session, and by its length the execution counter. Its methods may be called from several
// goroutines.
type history struct {
	mu      sync.Mutex
	entries []entry
}

// entry is one cell as it ran; its line is its index plus one.
type entry struct{ input, output string }

// thisSession is the number under which clients find the session's entries.
const thisSession = 1

// count returns the number of the last cell, 0 before the first.
func (h *history) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.entries)
}

func (h *history) add(input string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries = append(h.entries, entry{input: input})
}

// setOutput stores the result of the cell with the number.
func (h *history) setOutput(count int, output string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries[count-1].output = output
}

// answerHistory answers history_request from the session's own entries.
func (s *Server) answerHistory(r *request) error {
	c, err := message.ParseHistory(r.Request)
	if err != nil {
		return err
	}
	s.reply(r, "history_reply", message.HistoryReply{Status: "ok", History: s.history.find(c)})
	return nil
}

// find returns the entries that the request asks for, oldest first.
func (h *history) find(c message.History) [][3]any {
	h.mu.Lock()
	defer h.mu.Unlock()
	lines := []int{}
	switch c.Access {
	case "range":
		if c.Session == 0 || c.Session == thisSession {
			stop := len(h.entries) + 1
			if c.Stop > 0 {
				stop = min(stop, c.Stop)
			}
			for line := max(c.Start, 1); line < stop; line++ {
				lines = append(lines, line)
			}
		}
	case "search":
		lines = h.search(c.Pattern, c.Unique)
	default:
		for line := range h.entries {
			lines = append(lines, line+1)
		}
	}
	if c.Access != "range" && c.N > 0 && len(lines) > c.N {
		lines = lines[len(lines)-c.N:]
	}
	found := [][3]any{}
	for _, line := range lines {
		e := h.entries[line-1]
		var text any = e.input
		if c.Output {
			text = [2]string{e.input, e.output}
		}
		found = append(found, [3]any{thisSession, line, text})
	}
	return found
}

// search returns the lines whose whole input matches the pattern; with unique, of equal inputs the last.
func (h *history) search(pattern string, unique bool) []int {
	match := glob(pattern)
	lines := []int{}
	later := map[string]bool{}
	for i := len(h.entries) - 1; i >= 0; i-- {
		input := h.entries[i].input
		if !match.MatchString(input) || unique && later[input] {
			continue
		}
		later[input] = true
		lines = append([]int{i + 1}, lines...)
	}
	return lines
}

// glob compiles a pattern of * (any text) and ? (any character). It is not path.Match, which stops at slashes and fails on
// brackets, both common in code.
func glob(pattern string) *regexp.Regexp {
	if pattern == "" {
		pattern = "*"
	}
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*`, `.*`)
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(quoted, `\?`, `.`) + `$`)
}
