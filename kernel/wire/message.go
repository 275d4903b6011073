package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"slices"
	"sync"
)

// delimiter stands between the routing identities and the message proper.
var delimiter = []byte("<IDS|MSG>")

// Message is a Jupyter message in the form in which it travels. The four JSON objects are kept as
// the exact bytes that were signed.
type Message struct {
	// Identities are the routing frames before the delimiter: the peer to answer and any that
	// proxies added. On IOPub there is one, the topic.
	Identities [][]byte
	Header     json.RawMessage
	Parent     json.RawMessage
	Metadata   json.RawMessage
	Content    json.RawMessage
	// Buffers are the raw bytes after the JSON parts. They are not signed.
	Buffers [][]byte
}

// The errors that Decode returns, wrapped. A message with one of them is dropped.
var (
	ErrMalformed = errors.New("malformed message")
	ErrSignature = errors.New("bad signature")
)

// Signer signs and checks messages with one key. Its methods may be called from several goroutines.
type Signer struct {
	key  []byte
	pool sync.Pool
}

// NewSigner returns a signer that uses HMAC-SHA256. With an empty key, messages are sent unsigned
// and any signature is accepted.
func NewSigner(key string) *Signer {
	s := &Signer{key: []byte(key)}
	s.pool.New = func() any { return hmac.New(sha256.New, s.key) }
	return s
}

// sign returns the signature in hexadecimal digits, empty with an empty key.
func (s *Signer) sign(parts ...[]byte) []byte {
	if len(s.key) == 0 {
		return []byte{}
	}
	mac := s.pool.Get().(hash.Hash)
	defer s.pool.Put(mac)
	mac.Reset()
	for _, p := range parts {
		mac.Write(p)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

// Encode returns the frames of the message. Empty JSON parts are sent as {}.
func (s *Signer) Encode(m Message) [][]byte {
	parts := [][]byte{object(m.Header), object(m.Parent), object(m.Metadata), object(m.Content)}
	frames := slices.Concat(m.Identities, [][]byte{delimiter, s.sign(parts...)}, parts, m.Buffers)
	return frames
}

func object(part json.RawMessage) []byte {
	if len(part) == 0 {
		return []byte("{}")
	}
	return part
}

// Decode checks the signature of the frames, then splits them. Of the JSON parts it only checks
// that each is a JSON object, and only after the signature, since nothing from a peer without the
// key may reach a parser.
func (s *Signer) Decode(frames [][]byte) (Message, error) {
	at := slices.IndexFunc(frames, func(f []byte) bool { return bytes.Equal(f, delimiter) })
	if at < 0 {
		return Message{}, fmt.Errorf("%w: no <IDS|MSG> frame among %d frames", ErrMalformed, len(frames))
	}
	rest := frames[at+1:]
	if len(rest) < 5 {
		return Message{}, fmt.Errorf("%w: expected a signature and four parts, got %d frames", ErrMalformed, len(rest))
	}
	signature, parts := rest[0], rest[1:5]
	if len(s.key) > 0 && !hmac.Equal(signature, s.sign(parts...)) {
		return Message{}, ErrSignature
	}
	for i, name := range []string{"header", "parent_header", "metadata", "content"} {
		if !isObject(parts[i]) {
			return Message{}, fmt.Errorf("%w: %s is no JSON object", ErrMalformed, name)
		}
	}
	return Message{
		Identities: frames[:at:at],
		Header:     parts[0], Parent: parts[1], Metadata: parts[2], Content: parts[3],
		Buffers: rest[5:],
	}, nil
}

func isObject(part []byte) bool {
	trimmed := bytes.TrimLeft(part, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(part)
}
