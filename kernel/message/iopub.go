package message

import "github.com/gonbml/gonbml/kernel/exec"

// Status is the content of status: "starting", "busy" or "idle".
type Status struct {
	ExecutionState string `json:"execution_state"`
}

// Welcome is the content of iopub_welcome, the first message of a new subscription.
type Welcome struct {
	Subscription string `json:"subscription"`
}

// ExecuteInput is the content of execute_input, which shows all clients what runs now.
type ExecuteInput struct {
	Code           string `json:"code"`
	ExecutionCount int    `json:"execution_count"`
}

// Stream is the content of stream. Name is "stdout" or "stderr".
type Stream struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Display is the content of display_data and update_display_data.
type Display struct {
	Data      exec.Bundle    `json:"data"`
	Metadata  map[string]any `json:"metadata"`
	Transient map[string]any `json:"transient"`
}

// ExecuteResult is the content of execute_result.
type ExecuteResult struct {
	ExecutionCount int            `json:"execution_count"`
	Data           exec.Bundle    `json:"data"`
	Metadata       map[string]any `json:"metadata"`
}

// ClearOutput is the content of clear_output.
type ClearOutput struct {
	Wait bool `json:"wait"`
}

// InputRequest is the content of input_request, sent to one client on stdin.
type InputRequest struct {
	Prompt   string `json:"prompt"`
	Password bool   `json:"password"`
}
