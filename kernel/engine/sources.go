package engine

import "sync"

// sources remembers the cells that have run, so that a place in compiled code can be told as a place in a cell. It is
// shared with the goroutine that hears of panics outside of runs.
type sources struct {
	mu   sync.Mutex
	byID map[string]seen
}

// seen is what errors need to know of a cell.
type seen struct {
	number int
	source string
}

func newSources() *sources { return &sources{byID: map[string]seen{}} }

// add notes that a text was last run as cell number.
func (s *sources) add(id string, number int, source string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byID[id] = seen{number, source}
}

func (s *sources) get(id string) (seen, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.byID[id]
	return c, ok
}
