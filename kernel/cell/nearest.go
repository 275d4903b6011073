package cell

import (
	"slices"
	"strings"
)

// Nearest returns the name that is most similar to a word, if it is similar enough to be the one
// that was meant. Otherwise it returns "".
func Nearest(word string, names []string) string {
	if near := NearestFew(word, names, 1); len(near) > 0 {
		return near[0]
	}
	return ""
}

// NearestFew returns at most n names that are similar enough to a word to be the one that was
// meant, most similar first. Names that differ only in case come before all others.
func NearestFew(word string, names []string, n int) []string {
	type candidate struct {
		name     string
		distance int
	}
	limit := max(1, len([]rune(word))/3)
	var list []candidate
	for _, name := range names {
		d := 0
		if !strings.EqualFold(word, name) {
			d = edits([]rune(word), []rune(name), limit)
		}
		// One letter more or less turns a short word into another one.
		if short := len(word) == 1 || len(word) == 2 && len(name) != 2; d <= limit && name != word && (!short || d == 0) {
			list = append(list, candidate{name, d})
		}
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	var near []string
	for _, c := range list {
		if len(near) < n && !slices.Contains(near, c.name) {
			near = append(near, c.name)
		}
	}
	return near
}

// edits is the number of insertions, deletions, replacements and swaps of neighbours that turn a
// into b; any number above limit stands for more.
func edits(a, b []rune, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
