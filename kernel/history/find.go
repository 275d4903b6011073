package history

import (
	"bufio"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Tail returns the last n entries of all sessions, oldest first; all of them if n is 0.
func (l *Log) Tail(n int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest(n, func(Entry) bool { return true })
}

// Range returns the entries of one session whose lines are from start to stop, stop excluded. A
// stop of 0 means to the end. Session 0 is this one, -1 the one before, and so on; a positive
// number is the session's own.
func (l *Log) Range(session, start, stop int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	if session <= 0 {
		all := l.sessions()
		if l.number == 0 { // this session has no entry yet
			all = append(all, 0)
		}
		i := len(all) - 1 + session
		if i < 0 {
			return nil
		}
		session = all[i]
	}
	return slices.DeleteFunc(l.read(session), func(e Entry) bool {
		return e.Line < start || stop > 0 && e.Line >= stop
	})
}

// Search returns the last n entries of all sessions whose whole input matches the pattern, oldest
// first; all of them if n is 0. In the pattern, * stands for any text and ? for any character. With
// unique, only the last of several equal inputs counts.
func (l *Log) Search(pattern string, n int, unique bool) []Entry {
	match := glob(pattern)
	later := map[string]bool{}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest(n, func(e Entry) bool {
		if !match.MatchString(e.Input) || unique && later[e.Input] {
			return false
		}
		later[e.Input] = true
		return true
	})
}

// newest collects up to n entries that are wanted, asking for the newest first, and returns them
// oldest first.
func (l *Log) newest(n int, want func(Entry) bool) []Entry {
	var found []Entry
	for _, session := range slices.Backward(l.sessions()) {
		for _, e := range slices.Backward(l.read(session)) {
			if want(e) {
				found = append(found, e)
			}
			if n > 0 && len(found) == n {
				slices.Reverse(found)
				return found
			}
		}
	}
	slices.Reverse(found)
	return found
}

// sessions returns the numbers of the sessions that this one knows, itself the last. Sessions that
// began after this one are left out: what this user types here is not mixed with what goes on
// elsewhere.
func (l *Log) sessions() []int {
	var numbers []int
	if l.dir != "" {
		numbers = sessions(l.dir)
	}
	if l.number == 0 {
		return numbers
	}
	numbers = slices.DeleteFunc(numbers, func(n int) bool { return n >= l.number })
	return append(numbers, l.number)
}

// read returns the entries of a session in order. What cannot be read is left out.
func (l *Log) read(session int) []Entry {
	if session == l.number && l.entries != nil {
		return slices.Clone(l.entries)
	}
	f, err := os.Open(fileName(l.dir, session))
	if err != nil {
		return nil
	}
	defer f.Close()
	var entries []Entry
	at := map[int]int{} // line to index
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 8*inputLimit)
	for lines.Scan() {
		var r record
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			continue // the last line of a session that was killed
		}
		if r.Input != nil {
			at[r.Line] = len(entries)
			entries = append(entries, Entry{Session: session, Line: r.Line, Input: *r.Input})
		}
		if i, ok := at[r.Line]; ok && r.Output != nil {
			entries[i].Output = *r.Output
		}
	}
	return entries
}

// glob compiles a pattern of * (any text) and ? (any character). It is not path.Match, which stops
// at slashes and fails on brackets, both common in code.
func glob(pattern string) *regexp.Regexp {
	if pattern == "" {
		pattern = "*"
	}
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*`, `.*`)
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(quoted, `\?`, `.`) + `$`)
}
