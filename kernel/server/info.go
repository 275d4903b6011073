package server

import (
	"fmt"

	"github.com/gonbml/gonbml/kernel/message"
)

// connect answers connect_request.
func (s *Server) connect(r *request) error {
	at := s.Connection()
	s.reply(r, "connect_reply", message.ConnectReply{
		Status: "ok", ShellPort: at.ShellPort, IOPubPort: at.IOPubPort, StdinPort: at.StdinPort, ControlPort: at.ControlPort, HBPort: at.HBPort,
	})
	return nil
}

// kernelInfo answers kernel_info_request.
func (s *Server) kernelInfo(r *request) error {
	s.reply(r, "kernel_info_reply", message.KernelInfo{
		Status:                "ok",
		ProtocolVersion:       message.Version,
		Implementation:        "gonbml",
		ImplementationVersion: s.options.Version,
		LanguageInfo: message.LanguageInfo{
			Name:           "go",
			Version:        s.options.GoVersion,
			MIMEType:       "text/x-go",
			FileExtension:  ".go",
			PygmentsLexer:  "go",
			CodemirrorMode: "go",
			// nbconvert's own script exporter writes the cells as they are, which suits Go.
			NBConvertExporter: "script",
		},
		Banner: fmt.Sprintf("gonbml %s: compiled Go cells that keep their state (Go %s)", s.options.Version, s.options.GoVersion),
		HelpLinks: []message.HelpLink{
			{Text: "gonbml", URL: "https://github.com/gonbml/gonbml"},
			{Text: "Go language specification", URL: "https://go.dev/ref/spec"},
			{Text: "Go packages", URL: "https://pkg.go.dev"},
			{Text: "GoMLX", URL: "https://pkg.go.dev/github.com/gomlx/gomlx"},
		},
		SupportedFeatures: []string{"iopub_welcome", "kernel subshells"},
		ExecutionState:    s.executionState(),
	})
	return nil
}
