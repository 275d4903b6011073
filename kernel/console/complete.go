package console

import (
	"context"
	"strings"
	"time"
)

// completionLimit is how long the Tab key waits for the engine.
const completionLimit = time.Second

// tab completes what stands before the cursor, or indents.
func (l *line) tab() {
	if !l.multi {
		return
	}
	if l.blankBefore() {
		l.insert('\t')
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionLimit)
	defer cancel()
	found := l.engine.Complete(ctx, string(l.text), l.pos)
	if len(found.Items) == 0 || found.Start < 0 || found.Start > l.pos || found.End < l.pos || found.End > len(l.text) {
		return
	}
	common := []rune(found.Items[0].Text)
	for _, item := range found.Items[1:] {
		common = commonPrefix(common, []rune(item.Text))
	}
	typed := string(l.text[found.Start:l.pos])
	if len(found.Items) == 1 || len(common) > l.pos-found.Start && strings.HasPrefix(string(common), typed) {
		l.cut(found.Start, found.End)
		l.insert(common...)
	}
	if len(found.Items) > 1 {
		l.hint = listing(found.Items, max(20, l.view.width())-1)
	}
}

func commonPrefix(a, b []rune) []rune {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return a[:n]
}
