package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

const (
	goldenKey = "a0436f6c-1916-498b-8eb9-e81ab9368e84"
	// As Python's hmac module computes it.
	goldenSignature = "a4ee112fb9cd416e1a6d37b4f1ca3d01bbf669a1d58b052d59e5ad6693e9f387"
)

// golden returns a message as a client sends it through a proxy, frame by frame, and what it means.
func golden() ([][]byte, Message) {
	header, content := `{"msg_id":"a1","msg_type":"kernel_info_request"}`, `{"x":"é"}`
	frames := [][]byte{
		[]byte("proxy"), {0, 1, 2}, []byte("<IDS|MSG>"), []byte(goldenSignature),
		[]byte(header), []byte("{}"), []byte("{}"), []byte(content), {0xff, 0x00}, {},
	}
	m := Message{
		Identities: [][]byte{[]byte("proxy"), {0, 1, 2}},
		Header:     json.RawMessage(header), Parent: json.RawMessage("{}"), Metadata: json.RawMessage("{}"),
		Content: json.RawMessage(content),
		Buffers: [][]byte{{0xff, 0x00}, {}},
	}
	return frames, m
}

func TestGoldenFrames(t *testing.T) {
	frames, m := golden()
	s := NewSigner(goldenKey)
	if got := s.Encode(m); !reflect.DeepEqual(got, frames) {
		t.Errorf("Encode:\n got %q\nwant %q", got, frames)
	}
	got, err := s.Decode(frames)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("Decode: %v\n got %q\nwant %q", err, got, m)
	}
}

func TestAbsentPartsAreObjectsNeverNull(t *testing.T) {
	frames := NewSigner("").Encode(Message{Header: json.RawMessage(`{"a":1}`)})
	want := [][]byte{[]byte("<IDS|MSG>"), {}, []byte(`{"a":1}`), []byte("{}"), []byte("{}"), []byte("{}")}
	if !reflect.DeepEqual(frames, want) {
		t.Errorf("got %q", frames)
	}
}

func TestEmptyKeyTakesAnySignature(t *testing.T) {
	frames, m := golden()
	got, err := NewSigner("").Decode(frames)
	if err != nil || !reflect.DeepEqual(got, m) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	change := func(i int, to string) [][]byte {
		frames, _ := golden()
		frames[i] = []byte(to)
		return frames
	}
	frames, _ := golden()
	resigned := func(i int, to string) [][]byte {
		frames := change(i, to)
		frames[3] = NewSigner(goldenKey).sign(frames[4:8]...)
		return frames
	}
	for name, c := range map[string]struct {
		frames [][]byte
		want   error
	}{
		"no frames":           {nil, ErrMalformed},
		"no delimiter":        {change(2, "<IDS>"), ErrMalformed},
		"too few parts":       {frames[:7], ErrMalformed},
		"empty signature":     {change(3, ""), ErrSignature},
		"upper-case digits":   {change(3, string(bytes.ToUpper([]byte(goldenSignature)))), ErrSignature},
		"changed header":      {change(4, `{"msg_id":"a2"}`), ErrSignature},
		"changed content":     {change(7, `{}`), ErrSignature},
		"header is null":      {resigned(4, `null`), ErrMalformed},
		"parent is a list":    {resigned(5, `[]`), ErrMalformed},
		"metadata is no JSON": {resigned(6, `{`), ErrMalformed},
		"content is empty":    {resigned(7, ``), ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewSigner(goldenKey).Decode(c.frames); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// FuzzDecode feeds Decode with any frames, cut from one text at newlines; what it accepts must
// encode to the same frames.
func FuzzDecode(f *testing.F) {
	frames, _ := golden()
	f.Add(bytes.Join(frames, []byte("\n")))
	f.Add([]byte("<IDS|MSG>\n\n{}\n{}\n{}\n{}"))
	f.Add([]byte("<IDS|MSG>\n<IDS|MSG>\n{}\n{}\n{}\n{}\n<IDS|MSG>"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, text []byte) {
		frames := bytes.Split(text, []byte("\n"))
		m, err := NewSigner("").Decode(frames)
		if err != nil {
			return
		}
		again := NewSigner("").Encode(m)
		at := len(m.Identities) + 1 // Without a key the signature is not kept.
		frames[at] = again[at]
		if !reflect.DeepEqual(again, frames) {
			t.Errorf("got %q, want %q", again, frames)
		}
	})
}
