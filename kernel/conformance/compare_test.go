package conformance

import (
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
)

func TestDiffers(t *testing.T) {
	failed := func(name exec.Kind, value string) *exec.Failure { return &exec.Failure{Name: name, Value: value} }
	crash := "panic: boom\n\ngoroutine 1 [running]:\n"
	tests := []struct {
		name string
		run  Run
		ref  Reference
		want string // part of the answer; "" for none
	}{
		{"the same", Run{Stdout: "a", Stderr: "b"}, Reference{Stdout: "a", Stderr: "b"}, ""},
		{"other output", Run{Stdout: "a\nb"}, Reference{Stdout: "a\nc"}, `standard output differs in line 2: got "b", want "c"`},
		{"less output", Run{}, Reference{Stderr: "x"}, `standard error differs in line 1: got "", want "x"`},
		{"the other stream", Run{Stdout: "x"}, Reference{Stderr: "x"}, "standard output differs"},
		{"a display", Run{Shown: "1"}, Reference{}, "showed"},
		{"too long", Run{TimedOut: true}, Reference{}, "in time"},
		{"an engine that does not go on", Run{Lame: "the next cell failed"}, Reference{}, "the next cell failed"},
		{"an exit", Run{Failure: failed("WorkerExit", "the cell called os.Exit(3).")}, Reference{Status: 3}, ""},
		{"an exit that means well", Run{Failure: failed("WorkerExit", "the cell called os.Exit(0).")}, Reference{}, ""},
		{"another exit", Run{Failure: failed("WorkerExit", "the cell called os.Exit(1), as log.Fatal does.")}, Reference{Status: 3}, "status 3"},
		{"an exit with less output", Run{Failure: failed("WorkerExit", "the cell called os.Exit(3).")}, Reference{Status: 3, Stdout: "x"}, "standard output"},
		{"no exit", Run{}, Reference{Status: 3}, "did not fail"},
		{"a panic", Run{Failure: failed("Panic", "boom")}, Reference{Status: 2, Stderr: crash}, ""},
		{"a panic after output", Run{Stderr: "x\n", Failure: failed("Panic", "boom")}, Reference{Status: 2, Stderr: "x\n" + crash}, ""},
		{"another panic", Run{Failure: failed("Panic", "bang")}, Reference{Status: 2, Stderr: crash}, "Panic: bang"},
		{"a panic of its own", Run{Failed: 2, Failure: failed("Panic", "boom")}, Reference{}, "status 0; cell 2: Panic: boom"},
		{"a panic where Go shows an address", Run{Failure: failed("Panic", "{1}")}, Reference{Status: 2, Stderr: "panic: (main.T) {...}\n"}, ""},
		{"a panic that passed a recover", Run{Failure: failed("Panic", "boom")}, Reference{Status: 2, Stderr: "panic: boom [recovered]\n"}, ""},
		{"a goroutine's panic", Run{Stderr: "panic in a goroutine: boom\n"}, Reference{Status: 2, Stderr: crash}, "standard error"},
		{"a fatal error", Run{Failure: failed("WorkerExit", "fatal error: concurrent map writes.")}, Reference{Status: 2, Stderr: "fatal error: concurrent map writes\n"}, ""},
		{"a compile error", Run{Failure: failed("CompileError", "line 1:1: no")}, Reference{}, "CompileError"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := differs(tt.run, tt.ref)
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
