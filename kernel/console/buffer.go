package console

import (
	"slices"
	"unicode"
)

// buffer is a text of some lines with a cursor in it.
type buffer struct {
	text []rune
	pos  int
	// killed is what was cut last.
	killed []rune
}

func (b *buffer) set(text string) {
	b.text = []rune(text)
	b.pos = len(b.text)
}

func (b *buffer) insert(text ...rune) {
	b.text = slices.Insert(b.text, b.pos, text...)
	b.pos += len(text)
}

// cut removes the text from one place to another and leaves the cursor there.
func (b *buffer) cut(from, to int) {
	b.text = slices.Delete(b.text, from, to)
	b.pos = from
}

// kill is cut for a text that yank brings back.
func (b *buffer) kill(from, to int) {
	if from < to {
		b.killed = slices.Clone(b.text[from:to])
		b.cut(from, to)
	}
}

// start returns where the cursor's line begins, stop where it ends.
func (b *buffer) start() int { return b.lineStart(b.pos) }

func (b *buffer) stop() int {
	if i := slices.Index(b.text[b.pos:], '\n'); i >= 0 {
		return b.pos + i
	}
	return len(b.text)
}

// lineStart returns the beginning of the line that contains the place.
func (b *buffer) lineStart(at int) int {
	for at > 0 && b.text[at-1] != '\n' {
		at--
	}
	return at
}

// upLine moves the cursor up a line. It returns false on the first line.
func (b *buffer) upLine() bool {
	start := b.start()
	if start == 0 {
		return false
	}
	above := b.lineStart(start - 1)
	b.pos = min(above+b.pos-start, start-1)
	return true
}

// downLine moves the cursor down a line. It returns false on the last line.
func (b *buffer) downLine() bool {
	stop := b.stop()
	if stop == len(b.text) {
		return false
	}
	column := b.pos - b.start()
	b.pos = stop + 1
	b.pos = min(b.pos+column, b.stop())
	return true
}

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordStart returns where the word before the cursor begins, wordEnd where the one after it ends.
func (b *buffer) wordStart() int {
	at := b.pos
	for at > 0 && !isWord(b.text[at-1]) {
		at--
	}
	for at > 0 && isWord(b.text[at-1]) {
		at--
	}
	return at
}

func (b *buffer) wordEnd() int {
	at := b.pos
	for at < len(b.text) && !isWord(b.text[at]) {
		at++
	}
	for at < len(b.text) && isWord(b.text[at]) {
		at++
	}
	return at
}

// blankBefore says whether nothing but white space stands before the cursor in its line.
func (b *buffer) blankBefore() bool {
	return !slices.ContainsFunc(b.text[b.start():b.pos], func(r rune) bool { return !unicode.IsSpace(r) })
}

// edit carries out a key that concerns only the text. It returns false for other keys.
func (b *buffer) edit(k key) bool {
	switch k.command {
	case typed:
		if k.char == '}' && b.blankBefore() && b.pos > b.start() && b.text[b.pos-1] == '\t' {
			b.cut(b.pos-1, b.pos) // The brace closes the block, so it stands under its beginning.
		}
		b.insert(k.char)
	case pasted:
		b.insert([]rune(k.text)...)
	case yank:
		b.insert(b.killed...)
	case backspace:
		if b.pos > 0 {
			b.cut(b.pos-1, b.pos)
		}
	case remove:
		if b.pos < len(b.text) {
			b.cut(b.pos, b.pos+1)
		}
	case left:
		b.pos = max(0, b.pos-1)
	case right:
		b.pos = min(len(b.text), b.pos+1)
	case home:
		b.pos = b.start()
	case end:
		b.pos = b.stop()
	case wordLeft:
		b.pos = b.wordStart()
	case wordRight:
		b.pos = b.wordEnd()
	case killWordBack:
		b.kill(b.wordStart(), b.pos)
	case killWord:
		b.kill(b.pos, b.wordEnd())
	case killToStart:
		b.kill(b.start(), b.pos)
	case killToEnd:
		b.kill(b.pos, b.stop())
	default:
		return false
	}
	return true
}
