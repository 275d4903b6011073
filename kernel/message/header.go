// Package message has Go types for Jupyter's messages (protocol 5.5): headers, the contents of
// requests, with the specification's defaults for missing keys, and the contents of what a kernel
// sends. It turns a wire.Message into typed values and back, and knows nothing of sockets. The
// names of keys are written here and nowhere else.
//
// Source: "Messaging in Jupyter", the specification in jupyter_client's documentation.
package message

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/gonbml/gonbml/kernel/wire"
)

// Version is the version of the protocol that the types follow.
const Version = "5.5"

// Header says what a message is and who sent it.
type Header struct {
	// ID is unique among all messages.
	ID string `json:"msg_id"`
	// Session is the sender's session.
	Session  string `json:"session"`
	Username string `json:"username"`
	// Date is in ISO 8601, with a time zone.
	Date string `json:"date"`
	// Type says what the content is, such as "execute_request".
	Type string `json:"msg_type"`
	// Version is the version of the protocol that the sender uses.
	Version string `json:"version"`
	// Subshell is the lane that the request is for (since protocol 5.5). It is empty for the main
	// lane.
	Subshell string `json:"subshell_id,omitempty"`
}

// Request is a message from a client, with its header parsed and its content still raw.
type Request struct {
	Header Header
	// Raw is the message as it came.
	Raw wire.Message
}

// Parse reads the header of a client's message.
func Parse(m wire.Message) (Request, error) {
	r := Request{Raw: m}
	if err := unmarshal(m.Header, &r.Header); err != nil {
		return r, fmt.Errorf("header: %w", err)
	}
	if r.Header.Type == "" {
		return r, errors.New(`header: field "msg_type" is missing`)
	}
	return r, nil
}

// Session makes the messages of one kernel process. Its methods may be called from several
// goroutines.
type Session struct {
	// ID is the session in every header that the kernel sends.
	ID string
	// Username is the user in every header that the kernel sends.
	Username string
}

// NewSession returns a session with a random ID.
func NewSession(username string) *Session { return &Session{ID: newID(), Username: username} }

// newID returns a random UUID (version 4), the form that clients use for message IDs too.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // It never fails, says its documentation.
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Message makes a message of type kind with the given content, in answer to or on behalf of parent,
// which may be nil.
func (s *Session) Message(kind string, parent *Request, content any) (wire.Message, error) {
	raw, err := marshal(content)
	if err != nil {
		return wire.Message{}, fmt.Errorf("content of %s: %w", kind, err)
	}
	header, err := marshal(Header{
		ID: newID(), Session: s.ID, Username: s.Username, Type: kind, Version: Version,
		Date: time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00"),
	})
	if err != nil {
		return wire.Message{}, fmt.Errorf("header of %s: %w", kind, err)
	}
	m := wire.Message{Header: header, Content: raw}
	if parent != nil {
		m.Parent = parent.Raw.Header
	}
	return m, nil
}

// marshal is json.Marshal without the escapes for HTML, which only blow up what a browser gets.
func marshal(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

// unmarshal is json.Unmarshal with errors that name the field and both types.
func unmarshal(raw json.RawMessage, to any) error {
	err := json.Unmarshal(raw, to)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		if wrong.Field == "" {
			return fmt.Errorf("expected a JSON object, got a JSON %s", wrong.Value)
		}
		return fmt.Errorf("field %q: expected %s, got a JSON %s", wrong.Field, jsonKind(wrong), wrong.Value)
	}
	return err
}

// jsonKind says in JSON's words what the field should have been.
func jsonKind(wrong *json.UnmarshalTypeError) string {
	switch kind := wrong.Type.Kind().String(); kind {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	case "int":
		return "a whole number"
	case "map", "struct":
		return "an object"
	case "slice":
		return "a list"
	default:
		return kind
	}
}
