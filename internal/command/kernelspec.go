package command

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gonbml/gonbml/kernel/message"
)

// logos are the pictures that front ends show for the kernel.
//
//go:embed logos/*.png logos/*.svg
var logos embed.FS

// kernelspec is the content of kernel.json.
type kernelspec struct {
	Argv          []string `json:"argv"`
	DisplayName   string   `json:"display_name"`
	Language      string   `json:"language"`
	InterruptMode string   `json:"interrupt_mode"`
	// Protocol is the version of the messages, so that clients know before the kernel answers.
	Protocol string         `json:"kernel_protocol_version"`
	Metadata map[string]any `json:"metadata"`
}

// specOwner is the key in a kernelspec's metadata by which we know our own.
const specOwner = "gonbml"

// newKernelspec returns the kernelspec by which Jupyter starts the executable.
func newKernelspec(executable, displayName, version string) kernelspec {
	return kernelspec{
		Argv:          []string{executable, "kernel", "{connection_file}"},
		DisplayName:   displayName,
		Language:      "go",
		InterruptMode: "message",
		Protocol:      message.Version,
		Metadata:      map[string]any{specOwner: map[string]any{"version": version}, "debugger": false},
	}
}

var validName = regexp.MustCompile(`^[a-z0-9._-]+$`)

// checkName returns the kernelspec's name as Jupyter stores it.
func checkName(name string) (string, error) {
	lower := strings.ToLower(name)
	if !validName.MatchString(lower) || strings.Trim(lower, ".") == "" {
		return "", usagef("--name: expected letters, digits, dots, dashes or underscores, got %q", name)
	}
	return lower, nil
}

// readKernelspec reads the kernelspec in the folder; ok is false if there is none.
func readKernelspec(dir string) (spec kernelspec, ok bool, err error) {
	file := filepath.Join(dir, "kernel.json")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return spec, false, nil
	}
	if err != nil {
		return spec, false, err
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		return spec, false, fmt.Errorf("%s: %w", file, err)
	}
	return spec, true, nil
}

// ours says whether we wrote the kernelspec.
func (s kernelspec) ours() bool { return s.Metadata[specOwner] != nil }

// write writes the kernelspec and the logos into the folder, which is made if need be. kernel.json
// comes last: without it Jupyter does not see the folder.
func (s kernelspec) write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := logos.ReadDir("logos")
	if err != nil {
		return err
	}
	for _, e := range entries {
		data, err := logos.ReadFile("logos/" + e.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, e.Name()), data, 0o644); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "kernel.json"), append(text, '\n'), 0o644)
}
