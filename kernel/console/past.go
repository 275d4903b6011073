package console

import (
	"strings"

	"github.com/gonbml/gonbml/kernel/history"
)

// newPast returns the cells of earlier sessions; of equal cells, only the last.
func newPast(log *history.Log) past {
	var p past
	for _, e := range log.Search("*", recalled, true) {
		p.cells = append(p.cells, e.Input)
	}
	return p
}

// recalled is how many cells of earlier sessions the editor offers.
const recalled = 1000

// past is the history as the editor walks through it.
type past struct{ cells []string }

// add adds a cell. A cell that is run twice in a row is added once.
func (p *past) add(cell string) {
	if n := len(p.cells); strings.TrimSpace(cell) != "" && (n == 0 || p.cells[n-1] != cell) {
		p.cells = append(p.cells, cell)
	}
}

// find returns the newest entry up to from that holds the text, or -1.
func (p *past) find(text string, from int) int {
	for i := min(from, len(p.cells)-1); i >= 0; i-- {
		if strings.Contains(p.cells[i], text) {
			return i
		}
	}
	return -1
}

// recall shows an entry of the history.
func (l *line) recall(to int) {
	if !l.multi || to < 0 || to > len(l.past.cells) {
		return
	}
	if l.at == len(l.past.cells) {
		l.draft = string(l.text)
	}
	if l.at = to; to == len(l.past.cells) {
		l.set(l.draft)
	} else {
		l.set(l.past.cells[to])
	}
}

// search looks for a text in the history while it is typed; Ctrl-R goes on to older cells, Ctrl-C
// back to what was there, any other key takes what was found.
func (l *line) search() error {
	before, query, from := string(l.text), "", len(l.past.cells)-1
	prompt := l.prompt
	defer func() { l.prompt = prompt }()
	for {
		l.prompt = green("(search " + query + ") ")
		l.draw()
		k, err := l.key()
		if err != nil {
			return err
		}
		switch k.command {
		case typed:
			query += string(k.char)
		case backspace:
			r := []rune(query)
			query, from = string(r[:max(0, len(r)-1)]), len(l.past.cells)-1
		case search:
			from--
		case interrupt:
			l.set(before)
			return nil
		default:
			return nil
		}
		if found := l.past.find(query, from); found >= 0 {
			from = found
			l.set(l.past.cells[found])
		} else {
			from++ // The oldest stays.
		}
	}
}
