package message

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/wire"
)

func request(kind, content string) Request {
	return Request{Header: Header{Type: kind}, Raw: wire.Message{Content: json.RawMessage(content)}}
}

// any1 makes a parser's result comparable in one table.
func any1[T any](parse func(Request) (T, error)) func(Request) (any, error) {
	return func(r Request) (any, error) { return parse(r) }
}

var parsers = map[string]func(Request) (any, error){
	"execute_request":     any1(ParseExecute),
	"complete_request":    any1(ParseComplete),
	"inspect_request":     any1(ParseInspect),
	"is_complete_request": any1(ParseIsComplete),
	"history_request":     any1(ParseHistory),
	"shutdown_request":    any1(ParseShutdown),
	"comm_info_request":   any1(ParseCommInfo),
	"comm_open":           any1(ParseCommOpen),
	"comm_msg":            any1(ParseCommMsg),
	"input_reply":         any1(ParseInputReply),

	"delete_subshell_request": any1(ParseSubshell),
}

func TestMissingKeysGetTheDefaults(t *testing.T) {
	for name, c := range map[string]struct {
		kind, content string
		want          any
	}{
		"execute":               {"execute_request", `{"code":"x"}`, Execute{Code: "x", StoreHistory: true, AllowStdin: true, StopOnError: true}},
		"execute with nulls":    {"execute_request", `{"code":"x","silent":null,"allow_stdin":null}`, Execute{Code: "x", StoreHistory: true, AllowStdin: true, StopOnError: true}},
		"silent stores nothing": {"execute_request", `{"code":"","silent":true,"store_history":true}`, Execute{Silent: true, AllowStdin: true, StopOnError: true}},
		"execute in full": {"execute_request", `{"code":"x","store_history":false,"allow_stdin":false,"stop_on_error":false,"user_expressions":{"a":"1"}}`,
			Execute{Code: "x", UserExpressions: map[string]string{"a": "1"}}},
		"cursor at the end":        {"complete_request", `{"code":"aé😀"}`, Complete{Code: "aé😀", CursorPos: 3}},
		"cursor in the middle":     {"complete_request", `{"code":"abc","cursor_pos":1}`, Complete{Code: "abc", CursorPos: 1}},
		"cursor after the end":     {"inspect_request", `{"code":"abc","cursor_pos":9,"detail_level":1}`, Inspect{Code: "abc", CursorPos: 3, DetailLevel: 1}},
		"history":                  {"history_request", `{}`, History{Raw: true, Access: "tail", Start: 1}},
		"shutdown":                 {"shutdown_request", `{}`, Shutdown{}},
		"comm_info":                {"comm_info_request", `{}`, CommInfo{}},
		"unknown keys are ignored": {"is_complete_request", `{"code":"x","new":[1]}`, IsComplete{Code: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parsers[c.kind](request(c.kind, c.content))
			if err != nil || !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, c.want)
			}
		})
	}
}

func TestWrongTypesNameTheField(t *testing.T) {
	fields := map[string]map[string]string{
		"execute_request": {
			"code": "a string", "silent": "true or false", "store_history": "true or false",
			"user_expressions": "an object", "allow_stdin": "true or false", "stop_on_error": "true or false",
		},
		"complete_request":    {"code": "a string", "cursor_pos": "a whole number"},
		"inspect_request":     {"code": "a string", "cursor_pos": "a whole number", "detail_level": "a whole number"},
		"is_complete_request": {"code": "a string"},
		"history_request": {
			"output": "true or false", "raw": "true or false", "hist_access_type": "a string", "session": "a whole number",
			"start": "a whole number", "stop": "a whole number", "n": "a whole number", "pattern": "a string", "unique": "true or false",
		},
		"shutdown_request":  {"restart": "true or false"},
		"comm_info_request": {"target_name": "a string"},
		"comm_open":         {"comm_id": "a string", "target_name": "a string"},
		"comm_msg":          {"comm_id": "a string"},
		"input_reply":       {"value": "a string"},

		"delete_subshell_request": {"subshell_id": "a string"},
	}
	for kind, expected := range fields {
		for field, want := range expected {
			for _, wrong := range []string{`[]`, `{"x":1}`, `1.5`, `"text"`, `true`} {
				right := want == "a string" && wrong == `"text"` || want == "true or false" && wrong == `true`
				if right {
					continue
				}
				content := `{"code":"x","comm_id":"y","` + field + `":` + wrong + `}`
				_, err := parsers[kind](request(kind, content))
				if err == nil || !strings.Contains(err.Error(), kind) || !strings.Contains(err.Error(), field) {
					t.Errorf("%s %s: got error %v", kind, content, err)
				} else if field != "user_expressions" && !strings.Contains(err.Error(), want) {
					t.Errorf("%s %s: got error %v, want %q in it", kind, content, err, want)
				}
			}
		}
	}
}

func TestRequiredFields(t *testing.T) {
	for kind, want := range map[string]string{
		"execute_request":     `execute_request: field "code" is missing`,
		"complete_request":    `complete_request: field "code" is missing`,
		"inspect_request":     `inspect_request: field "code" is missing`,
		"is_complete_request": `is_complete_request: field "code" is missing`,
		"comm_open":           `comm_open: field "comm_id" is missing`,
		"comm_msg":            `comm_msg: field "comm_id" is missing`,

		"delete_subshell_request": `delete_subshell_request: field "subshell_id" is missing`,
	} {
		for _, content := range []string{`{}`, `{"code":null,"comm_id":null}`} {
			if _, err := parsers[kind](request(kind, content)); err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", content, err, want)
			}
		}
	}
	if _, err := ParseHistory(request("history_request", `{"hist_access_type":"x"}`)); err == nil || !strings.Contains(err.Error(), `got "x"`) {
		t.Errorf("hist_access_type: got %v", err)
	}
}

func TestParseHeader(t *testing.T) {
	for raw, want := range map[string]string{
		`{"msg_type":"x_request","msg_id":"1"}`: "",
		`{}`:                                    `field "msg_type" is missing`,
		`{"msg_type":1}`:                        `field "msg_type": expected a string, got a JSON number`,
		`{"msg_type":"x","date":{}}`:            `field "date": expected a string, got a JSON object`,
	} {
		_, err := Parse(wire.Message{Header: json.RawMessage(raw)})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", raw, err, want)
		}
	}
}

func TestMessage(t *testing.T) {
	parent, err := Parse(wire.Message{Header: json.RawMessage(`{"msg_id":"1","msg_type":"x_request","extra":[1]}`)})
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession("ann")
	m, err := s.Message("stream", &parent, Stream{Name: "stdout", Text: "<é>\x00\n"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"name":"stdout","text":"<é>\u0000\n"}`; string(m.Content) != want {
		t.Errorf("content: got %s, want %s", m.Content, want)
	}
	if string(m.Parent) != string(parent.Raw.Header) {
		t.Errorf("parent: got %s, want the very header of the request", m.Parent)
	}
	var h Header
	if err := json.Unmarshal(m.Header, &h); err != nil {
		t.Fatal(err)
	}
	if h.Type != "stream" || h.Session != s.ID || h.Username != "ann" || h.Version != "5.5" || len(h.ID) != 36 {
		t.Errorf("header: got %+v", h)
	}
	if at, err := time.Parse(time.RFC3339Nano, h.Date); err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("date: got %q, %v", h.Date, err)
	}
	if _, err := s.Message("display_data", nil, Display{Data: map[string]any{"x": func() {}}}); err == nil {
		t.Error("content that is no JSON: got no error")
	}
}
