package message

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gonbml/gonbml/kernel/wire"
)

// FuzzParse reads any header and content as each type of request. Whatever they are, nothing
// panics, an error names the type, and what is accepted obeys the rules that the kernel relies on.
func FuzzParse(f *testing.F) {
	for _, content := range []string{
		`{}`, `{"code":"x := 1","silent":true,"user_expressions":{"a":"b"}}`, `{"code":"é","cursor_pos":-1}`, `{"code":null}`,
		`{"hist_access_type":"search","n":1e99,"pattern":"*"}`, `{"comm_id":"1","data":[]}`, `{"code":"\ud800","cursor_pos":9999999999999999999}`,
		`{"subshell_id":7}`, `{"value":"\u0000"}`, "{\"code\":\"\xff\"}",
	} {
		f.Add(`{"msg_id":"1","msg_type":"execute_request"}`, content)
	}
	f.Add(`{"msg_type":"x","subshell_id":null,"session":{}}`, `{"restart":1}`)
	f.Fuzz(func(t *testing.T, header, content string) {
		if r, err := Parse(wire.Message{Header: json.RawMessage(header)}); err == nil && r.Header.Type == "" {
			t.Errorf("header %q has no type", header)
		}
		for kind, parse := range parsers {
			got, err := parse(Request{Header: Header{Type: kind}, Raw: wire.Message{Content: json.RawMessage(content)}})
			if err != nil {
				if !strings.Contains(err.Error(), kind) {
					t.Errorf("%s %q: the error %q does not name the type", kind, content, err)
				}
				continue
			}
			switch c := got.(type) {
			case Execute:
				if c.Silent && c.StoreHistory {
					t.Errorf("%q: silent and stored", content)
				}
			case Complete:
				if c.CursorPos < 0 || c.CursorPos > utf8.RuneCountInString(c.Code) {
					t.Errorf("%q: cursor %d", content, c.CursorPos)
				}
			case Inspect:
				if c.CursorPos < 0 || c.CursorPos > utf8.RuneCountInString(c.Code) {
					t.Errorf("%q: cursor %d", content, c.CursorPos)
				}
			case History:
				if c.Access != "range" && c.Access != "tail" && c.Access != "search" {
					t.Errorf("%q: access %q", content, c.Access)
				}
			}
		}
	})
}
