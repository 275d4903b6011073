// Package frame is what kernel and worker say to each other: JSON messages, each preceded by its
// length, over two pipes. It owns the words and their encoding. Who says what and when is decided
// by package worker (the kernel's side) and package host (the worker's side), which share nothing
// else.
package frame

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

// File descriptors of the pipes in the worker.
const (
	ToWorker   = 3
	FromWorker = 4
)

// Kind says what a message is about.
type Kind string

// What the kernel sends.
const (
	Start     Kind = "start"     // first of all; Marker is set
	Open      Kind = "open"      // load the plugin SO, known as Path, for exec Exec
	Run       Kind = "run"       // run the cell package Path as exec Exec with arguments Args
	Interrupt Kind = "interrupt" // stop exec Exec
	Activate  Kind = "activate"  // make Path's versions of the functions Args the current ones
	Setenv    Kind = "setenv"    // set variable Name to Text, or remove it when Remove is set
	Chdir     Kind = "chdir"     // change to folder Text
	Stacks    Kind = "stacks"    // return the stacks of all goroutines
	Answer    Kind = "answer"    // what the user typed for input ID, or Error
	Inspect   Kind = "inspect"   // look at the variables Args (name, path, type of each), or all of Name
	Value     Kind = "value"     // a value that the page sent for address Text, in Data["value"]
)

// What the worker sends.
const (
	Hello    Kind = "hello"    // the answer to Start: cells can be opened
	Reply    Kind = "reply"    // to Open, Activate, Setenv, Chdir, Stacks (in Text), Inspect (in Data)
	Front    Kind = "front"    // from here on, text in the streams belongs to exec Exec
	Quiet    Kind = "quiet"    // exec Exec and all goroutines of its cell have ended
	Done     Kind = "done"     // exec Exec has ended, as Outcome says
	Display  Kind = "display"  // Data, Metadata, DisplayID, Update
	Result   Kind = "result"   // Data, Metadata: the value of the cell's last expression
	Stream   Kind = "stream"   // Text that exec Exec, not in front, wrote to Name, "stdout" or "stderr"
	Clear    Kind = "clear"    // empty the output area, with Wait when new output comes
	Panicked Kind = "panicked" // a goroutine of exec Exec panicked, as Panic says
	Input    Kind = "input"    // ask the user: ID, Text is the prompt, Password
	Comm     Kind = "comm"     // for the page: verb Name, address Text, value Data["value"]
)

// The verbs of a Comm, which are its Name.
const (
	CommStart       = "start"       // connect the page
	CommSend        = "send"        // a value for the page
	CommRead        = "read"        // ask the page for a value
	CommSubscribe   = "subscribe"   // values of the page are wanted from now on
	CommUnsubscribe = "unsubscribe" // and no longer
)

// Message is any of the messages. Fields that its kind does not use are empty.
type Message struct {
	Kind Kind `json:"kind"`
	// ID pairs a request with its answer.
	ID int64 `json:"id,omitempty"`
	// Exec is the number that the kernel has given a run.
	Exec int64 `json:"exec,omitempty"`
	// Mark is the number of the marker that the worker wrote into the output streams before it sent
	// the message: text before the marker comes before the message. Marked says into which streams:
	// 1 is standard output, 2 standard error, 3 both. Zero means that the order does not matter.
	Mark   int64 `json:"mark,omitempty"`
	Marked int   `json:"marked,omitempty"`

	Marker    string         `json:"marker,omitempty"`
	Path      string         `json:"path,omitempty"`
	SO        string         `json:"so,omitempty"`
	Name      string         `json:"name,omitempty"`
	Text      string         `json:"text,omitempty"`
	Error     string         `json:"error,omitempty"`
	Args      []string       `json:"args,omitempty"`
	Remove    bool           `json:"remove,omitempty"`
	Password  bool           `json:"password,omitempty"`
	Update    bool           `json:"update,omitempty"`
	Wait      bool           `json:"wait,omitempty"`
	DisplayID string         `json:"display_id,omitempty"`
	Data      map[string]any `json:"data,omitempty"`
	Metadata  map[string]any `json:"metadata,omitempty"`
	Panic     *Panic         `json:"panic,omitempty"`
	Outcome   *Outcome       `json:"outcome,omitempty"`
}

// limit is the longest message that is believed.
const limit = 1 << 30

// Writer writes messages. Its methods must not be called at the same time.
type Writer struct{ w io.Writer }

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w} }

// Write writes one message with a single call of the underlying Write.
func (w *Writer) Write(m *Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode a %s message: %w", m.Kind, err)
	}
	buf := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	if _, err := w.w.Write(append(buf, body...)); err != nil {
		return fmt.Errorf("write a %s message: %w", m.Kind, err)
	}
	return nil
}

// Reader reads messages.
type Reader struct{ r *bufio.Reader }

// NewReader returns a Reader from r.
func NewReader(r io.Reader) *Reader { return &Reader{bufio.NewReader(r)} }

// Read reads one message. Its error is io.EOF if the stream ends between messages.
func (r *Reader) Read() (*Message, error) {
	var head [4]byte
	if _, err := io.ReadFull(r.r, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > limit {
		return nil, fmt.Errorf("read a message: expected at most %d bytes. Got a length of %d; the stream is damaged", limit, n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r.r, body); err != nil {
		return nil, fmt.Errorf("read a message of %d bytes: %w", n, err)
	}
	m := &Message{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("decode a message: %w", err)
	}
	return m, nil
}
