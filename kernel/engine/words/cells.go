package words

import "sync"

// Cells remembers the cells that have run, so that a place in compiled code can be told as a place
// in a cell. The zero value knows none. It may be used by several goroutines: panics outside of
// runs are told by another than the one that runs cells.
type Cells struct {
	mu   sync.Mutex
	byID map[string]seen
}

// seen is what is told of a cell.
type seen struct {
	number int
	source string
}

// Add notes that a text was last run as cell number.
func (c *Cells) Add(id string, number int, source string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byID == nil {
		c.byID = map[string]seen{}
	}
	c.byID[id] = seen{number, source}
}

func (c *Cells) get(id string) (seen, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.byID[id]
	return s, ok
}
