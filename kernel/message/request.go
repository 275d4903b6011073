package message

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Execute is the content of execute_request.
type Execute struct {
	Code string `json:"code"`
	// Silent forces StoreHistory to be false.
	Silent bool `json:"silent"`
	// StoreHistory is true when missing.
	StoreHistory bool `json:"store_history"`
	// UserExpressions are evaluated after the code, under the names that the reply gives them.
	UserExpressions map[string]string `json:"user_expressions"`
	// AllowStdin is true when missing.
	AllowStdin bool `json:"allow_stdin"`
	// StopOnError is true when missing.
	StopOnError bool `json:"stop_on_error"`
}

// Complete is the content of complete_request. CursorPos counts Unicode code points; if missing, it
// is the end of Code.
type Complete struct {
	Code      string `json:"code"`
	CursorPos int    `json:"cursor_pos"`
}

// Inspect is the content of inspect_request. CursorPos counts Unicode code points; if missing, it
// is the end of Code.
type Inspect struct {
	Code        string `json:"code"`
	CursorPos   int    `json:"cursor_pos"`
	DetailLevel int    `json:"detail_level"`
}

// IsComplete is the content of is_complete_request.
type IsComplete struct {
	Code string `json:"code"`
}

// History is the content of history_request.
type History struct {
	// Output asks for the outputs as well.
	Output bool `json:"output"`
	// Raw asks for the input as typed. It is true when missing; our input has no other form.
	Raw bool `json:"raw"`
	// Access is "range", "tail" or "search". It is "tail" when missing.
	Access string `json:"hist_access_type"`
	// Session, Start and Stop are for "range". Session 0 is this one, -1 the one before. Start
	// counts from 1, which is its default; Stop is excluded, and 0 means the end.
	Session int `json:"session"`
	Start   int `json:"start"`
	Stop    int `json:"stop"`
	// N limits "tail" and "search"; 0 means no limit. Pattern is for "search" and may contain * and
	// ?; Unique drops repeated matches.
	N       int    `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// Subshell is the content of delete_subshell_request.
type Subshell struct {
	ID string `json:"subshell_id"`
}

// Shutdown is the content of shutdown_request.
type Shutdown struct {
	Restart bool `json:"restart"`
}

// CommInfo is the content of comm_info_request. An empty target asks for all comms.
type CommInfo struct {
	TargetName string `json:"target_name"`
}

// CommOpen is the content of comm_open, in both directions.
type CommOpen struct {
	CommID     string          `json:"comm_id"`
	TargetName string          `json:"target_name"`
	Data       json.RawMessage `json:"data"`
}

// CommMsg is the content of comm_msg and comm_close, in both directions.
type CommMsg struct {
	CommID string          `json:"comm_id"`
	Data   json.RawMessage `json:"data"`
}

// InputReply is the content of input_reply.
type InputReply struct {
	Value string `json:"value"`
}

// missing is a cursor position that the client did not send.
const missing = -1

// ParseExecute reads an execute_request.
func ParseExecute(r Request) (Execute, error) {
	c := Execute{StoreHistory: true, AllowStdin: true, StopOnError: true}
	err := parse(r, &c, "code")
	if c.Silent {
		c.StoreHistory = false
	}
	return c, err
}

// ParseComplete reads a complete_request.
func ParseComplete(r Request) (Complete, error) {
	c := Complete{CursorPos: missing}
	err := parse(r, &c, "code")
	c.CursorPos = clampCursor(c.CursorPos, c.Code)
	return c, err
}

// ParseInspect reads an inspect_request.
func ParseInspect(r Request) (Inspect, error) {
	c := Inspect{CursorPos: missing}
	err := parse(r, &c, "code")
	c.CursorPos = clampCursor(c.CursorPos, c.Code)
	return c, err
}

// clampCursor keeps the cursor inside the code, and puts a missing one at its end.
func clampCursor(cursor int, code string) int {
	end := len([]rune(code))
	if cursor < 0 {
		return end
	}
	return min(cursor, end)
}

// ParseIsComplete reads an is_complete_request.
func ParseIsComplete(r Request) (c IsComplete, err error) {
	err = parse(r, &c, "code")
	return c, err
}

// ParseHistory reads a history_request.
func ParseHistory(r Request) (History, error) {
	c := History{Raw: true, Access: "tail", Start: 1}
	if err := parse(r, &c); err != nil {
		return c, err
	}
	switch c.Access {
	case "range", "tail", "search":
		return c, nil
	}
	return c, fmt.Errorf(`history_request: field "hist_access_type": expected "range", "tail" or "search", got %q`, c.Access)
}

// ParseSubshell reads a delete_subshell_request.
func ParseSubshell(r Request) (c Subshell, err error) {
	err = parse(r, &c, "subshell_id")
	return c, err
}

// ParseShutdown reads a shutdown_request.
func ParseShutdown(r Request) (c Shutdown, err error) {
	err = parse(r, &c)
	return c, err
}

// ParseCommInfo reads a comm_info_request.
func ParseCommInfo(r Request) (c CommInfo, err error) {
	err = parse(r, &c)
	return c, err
}

// ParseCommOpen reads a comm_open.
func ParseCommOpen(r Request) (c CommOpen, err error) {
	err = parse(r, &c, "comm_id")
	return c, err
}

// ParseCommMsg reads a comm_msg or comm_close.
func ParseCommMsg(r Request) (c CommMsg, err error) {
	err = parse(r, &c, "comm_id")
	return c, err
}

// ParseInputReply reads an input_reply.
func ParseInputReply(r Request) (c InputReply, err error) {
	err = parse(r, &c)
	return c, err
}

// parse reads the content of r into c, whose fields hold the defaults. A null counts as a missing
// key.
func parse(r Request, c any, required ...string) error {
	if err := unmarshal(r.Raw.Content, c); err != nil {
		return fmt.Errorf("%s: %w", r.Header.Type, err)
	}
	if len(required) == 0 {
		return nil
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(r.Raw.Content, &keys); err != nil {
		return fmt.Errorf("%s: %w", r.Header.Type, err)
	}
	for _, key := range required {
		if raw, ok := keys[key]; !ok || string(raw) == "null" {
			return errors.New(r.Header.Type + `: field "` + key + `" is missing`)
		}
	}
	return nil
}
