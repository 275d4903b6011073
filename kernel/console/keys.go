package console

import (
	"bufio"
	"strings"
)

// key is what one stroke at a terminal means: a character, a pasted text, or one of the commands
// below.
type key struct {
	command command
	char    rune
	text    string
}

// command is what a key does; typed and pasted are the two that bring text.
type command int

const (
	ignored command = iota
	typed
	pasted
	enter
	newLine // a line break whatever the text is
	tab
	backspace
	remove
	left
	right
	up
	down
	home
	end
	wordLeft
	wordRight
	killWordBack
	killWord
	killToStart
	killToEnd
	yank
	search
	clearScreen
	interrupt
	endOfInput
)

// control holds the meaning of control characters, as in Emacs and readline.
var control = map[rune]command{
	1: home, 2: left, 3: interrupt, 4: endOfInput, 5: end, 6: right, 8: backspace, 9: tab, 10: enter, 11: killToEnd, 12: clearScreen,
	13: enter, 14: down, 16: up, 18: search, 21: killToStart, 23: killWordBack, 25: yank, 127: backspace,
}

// meta holds the meaning of keys that are struck with Alt.
var meta = map[rune]command{'b': wordLeft, 'f': wordRight, 'd': killWord, 127: killWordBack, 8: killWordBack, '\r': newLine, '\n': newLine}

// sequences holds the meaning of what terminals send for other keys, without "ESC [" or "ESC O".
var sequences = map[string]command{
	"A": up, "B": down, "C": right, "D": left, "H": home, "F": end, "1~": home, "7~": home, "4~": end, "8~": end, "3~": remove,
	"1;5C": wordRight, "1;5D": wordLeft, "1;3C": wordRight, "1;3D": wordLeft, "5C": wordRight, "5D": wordLeft, "3;5~": killWord,
}

// pasteEnd follows a pasted text, which begins with the sequence 200~.
const pasteEnd = "\x1b[201~"

// readKey reads the next key. An ESC waits for what it begins.
func readKey(in *bufio.Reader) (key, error) {
	r, _, err := in.ReadRune()
	switch {
	case err != nil:
		return key{}, err
	case r == 27:
		return readEscape(in)
	case r < 32 || r == 127:
		return key{command: control[r]}, nil
	}
	return key{command: typed, char: r}, nil
}

func readEscape(in *bufio.Reader) (key, error) {
	r, _, err := in.ReadRune()
	if err != nil {
		return key{}, err
	}
	if r != '[' && r != 'O' {
		return key{command: meta[r]}, nil
	}
	var sequence strings.Builder
	for {
		r, _, err := in.ReadRune()
		if err != nil {
			return key{}, err
		}
		sequence.WriteRune(r)
		if r >= 0x40 && r <= 0x7e || sequence.Len() > 20 {
			break
		}
	}
	if sequence.String() == "200~" {
		return readPaste(in)
	}
	return key{command: sequences[sequence.String()]}, nil
}

// readPaste reads a pasted text, of which terminals send the line breaks as carriage returns.
func readPaste(in *bufio.Reader) (key, error) {
	var text strings.Builder
	for !strings.HasSuffix(text.String(), pasteEnd) {
		part, err := in.ReadString('~')
		if err != nil {
			return key{}, err
		}
		text.WriteString(part)
	}
	clean := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimSuffix(text.String(), pasteEnd))
	return key{command: pasted, text: clean}, nil
}
