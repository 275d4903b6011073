package message

import "github.com/gonbml/gonbml/kernel/exec"

// KernelInfo is the content of kernel_info_reply.
type KernelInfo struct {
	Status                string       `json:"status"`
	ProtocolVersion       string       `json:"protocol_version"`
	Implementation        string       `json:"implementation"`
	ImplementationVersion string       `json:"implementation_version"`
	LanguageInfo          LanguageInfo `json:"language_info"`
	Banner                string       `json:"banner"`
	HelpLinks             []HelpLink   `json:"help_links"`
	// SupportedFeatures are the optional features of 5.5 that the kernel has.
	SupportedFeatures []string `json:"supported_features"`
	// ExecutionState is "busy" while a cell runs, else "idle": a client that connects later has not
	// seen the status messages.
	ExecutionState string `json:"execution_state"`
	// Debugger is how features were announced before 5.5.
	Debugger bool `json:"debugger"`
}

// LanguageInfo tells front ends how to show and save the kernel's language.
type LanguageInfo struct {
	Name           string `json:"name"`
	Version        string `json:"version"`
	MIMEType       string `json:"mimetype"`
	FileExtension  string `json:"file_extension"`
	PygmentsLexer  string `json:"pygments_lexer"`
	CodemirrorMode string `json:"codemirror_mode"`
	// NBConvertExporter names the exporter for "save as script".
	NBConvertExporter string `json:"nbconvert_exporter"`
}

// HelpLink is an entry of the front end's help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}

// ExecuteOK is the content of execute_reply for a cell that ran.
type ExecuteOK struct {
	Status         string `json:"status"`
	ExecutionCount int    `json:"execution_count"`
	// UserExpressions has a UserValue or an Error for each name in the request. It is never nil.
	UserExpressions map[string]any `json:"user_expressions"`
	// Payload has a Page for each text to show in a pager. It is never nil.
	Payload []any `json:"payload"`
}

// Page is a text for the front end's pager. Source is "page".
type Page struct {
	Source string      `json:"source"`
	Data   exec.Bundle `json:"data"`
	Start  int         `json:"start"`
}

// UserValue is the value of a user expression.
type UserValue struct {
	Status   string         `json:"status"`
	Data     exec.Bundle    `json:"data"`
	Metadata map[string]any `json:"metadata"`
}

// Error is the content of every reply to a request that failed, and of the error message on IOPub
// (there without Status).
type Error struct {
	Status    string   `json:"status,omitempty"`
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
	// ExecutionCount is for execute_reply only.
	ExecutionCount int `json:"execution_count,omitempty"`
}

// Aborted is the content of execute_reply for a cell that was not run because an earlier one
// failed.
type Aborted struct {
	Status string `json:"status"`
}

// CompleteReply is the content of complete_reply. The cursors count Unicode code points.
type CompleteReply struct {
	Status      string         `json:"status"`
	Matches     []string       `json:"matches"`
	CursorStart int            `json:"cursor_start"`
	CursorEnd   int            `json:"cursor_end"`
	Metadata    map[string]any `json:"metadata"`
}

// CompletionType says more about a match in complete_reply. JupyterLab shows the type as an icon
// and the rest beside it.
type CompletionType struct {
	Start         int    `json:"start"`
	End           int    `json:"end"`
	Text          string `json:"text"`
	Type          string `json:"type"`
	Signature     string `json:"signature"`
	Documentation string `json:"documentation,omitempty"`
}

// InspectReply is the content of inspect_reply.
type InspectReply struct {
	Status   string         `json:"status"`
	Found    bool           `json:"found"`
	Data     exec.Bundle    `json:"data"`
	Metadata map[string]any `json:"metadata"`
}

// IsCompleteReply is the content of is_complete_reply. Indent is sent only with "incomplete".
type IsCompleteReply struct {
	Status string  `json:"status"`
	Indent *string `json:"indent,omitempty"`
}

// HistoryReply is the content of history_reply. Its entries are [session, line, input], or
// [session, line, [input, output]] if outputs were asked for.
type HistoryReply struct {
	Status  string   `json:"status"`
	History [][3]any `json:"history"`
}

// CommInfoReply is the content of comm_info_reply.
type CommInfoReply struct {
	Status string         `json:"status"`
	Comms  map[string]any `json:"comms"`
}

// CommTarget is what CommInfoReply says about one open comm.
type CommTarget struct {
	TargetName string `json:"target_name"`
}

// ShutdownReply is the content of shutdown_reply.
type ShutdownReply struct {
	Status  string `json:"status"`
	Restart bool   `json:"restart"`
}

// ConnectReply is the content of connect_reply, the kernel's ports. Older clients ask for it.
type ConnectReply struct {
	Status      string `json:"status"`
	ShellPort   int    `json:"shell_port"`
	IOPubPort   int    `json:"iopub_port"`
	StdinPort   int    `json:"stdin_port"`
	ControlPort int    `json:"control_port"`
	HBPort      int    `json:"hb_port"`
}

// OK is the content of the replies that say no more than that: interrupt_reply and
// delete_subshell_reply.
type OK struct {
	Status string `json:"status"`
}

// SubshellReply is the content of create_subshell_reply.
type SubshellReply struct {
	Status string `json:"status"`
	ID     string `json:"subshell_id"`
}

// SubshellList is the content of list_subshell_reply. IDs is never nil.
type SubshellList struct {
	Status string   `json:"status"`
	IDs    []string `json:"subshell_id"`
}
