// Package history keeps what users typed on disk, session by session. Jupyter's history requests
// and the console's line editor are answered from it; it knows nothing of either.
//
// Each session appends to a file of its own, one JSON object per line. The session's number is
// reserved by creating the file exclusively. So kernels that run at once share no file, a killed
// one loses its last line at most, and no database has to be linked for a few thousand short texts.
// When all files together exceed a limit, those of old sessions go. Only their owner can read the
// folder and its files.
package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Variable is the name of the environment variable that holds the folder of the history, or "off"
// for a history that ends with the session.
const Variable = "GONBML_HISTORY"

// Limits on what is kept.
const (
	// limit is the size that the files of all sessions are kept below.
	limit = 16 << 20
	// sessionLimit is the size after which a session's file grows no more.
	sessionLimit = limit / 2
	// inputLimit and outputLimit are the sizes above which a text is not kept: it is data rather
	// than something to recall.
	inputLimit  = 256 << 10
	outputLimit = 64 << 10
	// memoryLimit is how many entries a session that has no file keeps.
	memoryLimit = 1000
)

// Entry is one cell of one session.
type Entry struct {
	// Session is the number of the session among all sessions; Line is the cell's execution count.
	Session, Line int
	// Input is the cell's text. Output is its value as plain text, empty if it had none.
	Input, Output string
}

// Log is the history as one session sees it: its own entries and those of earlier sessions. Its
// methods may be called from several goroutines.
type Log struct {
	// dir is empty if nothing goes to disk.
	dir string

	// mu guards what follows: the session's number (0 before its first entry), its file (nil: none,
	// or none yet) and the file's size, the entries of a session without a file, and the first
	// error that kept entries from the disk.
	mu      sync.Mutex
	number  int
	file    *os.File
	size    int64
	entries []Entry
	err     error
}

// DefaultDir returns the folder that the environment variable names, or else the one in the user's
// data folder. It returns "" for a history that is not to be kept.
func DefaultDir() string {
	switch dir := os.Getenv(Variable); dir {
	case "off":
		return ""
	case "":
	default:
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "gonbml", "history")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".local", "share", "gonbml", "history")
}

// New returns the history in the folder. If dir is empty, the history is kept in memory. Nothing is
// written before the first entry.
func New(dir string) *Log { return &Log{dir: dir} }

// record is a line of a session's file: an input, or the output of a line before.
type record struct {
	Line   int     `json:"line"`
	Input  *string `json:"input,omitempty"`
	Output *string `json:"output,omitempty"`
}

// Add appends the input of a cell. The first error that keeps the session from being written is
// returned once; after it the session goes on in memory.
func (l *Log) Add(line int, input string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(input) > inputLimit {
		return nil
	}
	if l.number == 0 {
		l.begin()
	}
	if l.file == nil {
		l.entries = append(l.entries, Entry{Session: l.number, Line: line, Input: input})
		if n := len(l.entries) - memoryLimit; n > 0 {
			l.entries = slices.Delete(l.entries, 0, n)
		}
	} else {
		l.write(record{Line: line, Input: &input})
	}
	err := l.err
	l.err = nil
	return err
}

// SetOutput sets the output of a cell that was added earlier.
func (l *Log) SetOutput(line int, output string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if output == "" || len(output) > outputLimit {
		return
	}
	if l.file != nil {
		l.write(record{Line: line, Output: &output})
	}
	for i := range l.entries {
		if l.entries[i].Line == line {
			l.entries[i].Output = output
		}
	}
}

// begin gives the session its number, and its file if it can have one.
func (l *Log) begin() {
	l.number = 1
	if l.dir == "" {
		return
	}
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		l.err = fmt.Errorf("the history is not kept: %w", err)
		return
	}
	trim(l.dir, limit)
	if numbers := sessions(l.dir); len(numbers) > 0 {
		l.number = numbers[len(numbers)-1] + 1
	}
	for {
		f, err := os.OpenFile(fileName(l.dir, l.number), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
		if errors.Is(err, fs.ErrExist) {
			l.number++ // another session was faster
			continue
		}
		if err != nil {
			l.err = fmt.Errorf("the history is not kept: %w", err)
			return
		}
		l.file = f
		return
	}
}

// write appends a record to the file, by one call so that a line is whole or the last.
func (l *Log) write(r record) {
	line, err := json.Marshal(r)
	if err != nil || l.size+int64(len(line)) > sessionLimit {
		return
	}
	n, err := l.file.Write(append(line, '\n'))
	l.size += int64(n)
	if err != nil {
		l.err = fmt.Errorf("an entry of the history was not kept: %w", err)
	}
}

// Close closes the session's file.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

func fileName(dir string, session int) string {
	return filepath.Join(dir, fmt.Sprintf("%08d.jsonl", session))
}

// sessions returns the numbers of the sessions in the folder, in order.
func sessions(dir string) []int {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil // nothing was written yet
	}
	var numbers []int
	for _, f := range files {
		name, is := strings.CutSuffix(f.Name(), ".jsonl")
		if n, err := strconv.Atoi(name); is && err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers
}
