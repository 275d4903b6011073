package magic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/kernel/cell"
)

// directive is one command as read: either a Command for the engine, or a setting of the cell.
type directive struct {
	Command
	main     bool   // it makes func main
	call     string // %exec: the function that main calls
	setsArgs bool
	args     []string
	capture  *Capture
	input    Input
	test     *Test
	wasm     bool
}

// aliases are other spellings of commands.
var aliases = map[string]string{"ls": "list", "rm": "remove"}

// names are all commands, for the suggestion when one is misspelt.
var names = []string{
	"%", "main", "args", "exec", "cd", "env", "goget", "goflags", "autoget", "noautoget", "errors", "list", "remove", "reset", "version", "help",
	"mem", "goroutines", "replay", "compact", "keep",
	"capture", "with_inputs", "with_password", "whos", "track", "untrack", "goworkfix", "widgets", "widgets_hb", "test", "wasm",
	"%writefile", "%script", "%bash", "%sh",
}

// absent are commands of GoNB that are not here, and why.
var absent = map[string]string{
	"%gx": "Gx is a language of its own, whose compiler GoNB too has only in builds made for it; write the cell in Go",
}

// complain returns an *Error, whose line the caller knows.
func complain(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...)}
}

// at puts the line into what read, fileOperand and the like complain about.
func at(line int, err error) error {
	err.(*Error).Line = line
	return err
}

// read parses one command line, joined and with its leading sign.
func read(line string) (*directive, error) {
	rest := strings.TrimLeft(line[1:], " \t")
	if line[0] == '!' {
		d := &directive{}
		d.Kind = Shell
		d.Shell, d.Module = strings.CutPrefix(rest, "*")
		d.Shell = strings.TrimSpace(d.Shell)
		if d.Shell == "" {
			return nil, complain("expected a shell command after !. Got an empty line.")
		}
		return d, nil
	}
	f := fields(rest)
	if len(f) == 0 {
		return nil, complain("expected the name of a command after %%. Got an empty line. %%help shows all commands.")
	}
	name, args := f[0], f[1:]
	if full, ok := aliases[name]; ok {
		name = full
	}
	d := &directive{args: args}
	d.Args = args
	switch name {
	case "%", "main":
		d.main = true
		return d, nil
	case "exec":
		if len(args) == 0 {
			return nil, complain("expected %%exec FUNCTION [ARGUMENT...]. Got no function.")
		}
		d.main, d.call, d.args = true, strings.TrimSuffix(args[0], "()"), args[1:]
		return d, nil
	case "args":
		d.setsArgs = true
		return d, nil
	case "with_inputs":
		d.input = AskLines
		return d, atMost(name, args, 0, "")
	case "with_password":
		d.input = AskPassword
		return d, atMost(name, args, 0, "")
	case "capture":
		file, add, err := fileOperand("%capture", args)
		d.capture = &Capture{file, add}
		return d, err
	case "env":
		d.Kind = Env
		if len(args) == 1 {
			if n, v, ok := strings.Cut(args[0], "="); ok {
				d.Args = []string{n, v}
			}
		}
		if len(d.Args) > 0 && (d.Args[0] == "" || strings.ContainsAny(d.Args[0], "=\x00")) {
			return nil, complain("expected %%env NAME=VALUE. Got the name %q.", d.Args[0])
		}
		return d, atMost(name, d.Args, 2, "NAME VALUE; quote a value that has spaces: \"a b\"")
	case "cd":
		d.Kind = Cd
		return d, atMost(name, args, 1, "DIR; quote a folder that has spaces: \"my data\"")
	case "reset":
		d.Kind = Reset
		if len(args) == 1 && args[0] != "go.mod" {
			return nil, complain("expected %%reset or %%reset go.mod. Got %%reset %s.", args[0])
		}
		return d, atMost(name, args, 1, "go.mod")
	case "goget":
		d.Kind = Get
		if len(args) == 0 {
			return nil, complain("expected %%goget MODULE[@VERSION].... Got no module.")
		}
		return d, nil
	case "goflags":
		d.Kind = GoFlags
		return d, nil
	case "errors":
		d.Kind = Errors
		if len(args) == 1 && args[0] != "on" && args[0] != "off" {
			return nil, complain("expected %%errors on or %%errors off. Got %%errors %s.", args[0])
		}
		return d, atMost(name, args, 1, "on, or off")
	case "remove":
		d.Kind = Remove
		if len(args) == 0 {
			return nil, complain("expected %%rm NAME.... Got no name. %%list shows the names.")
		}
		return d, nil
	case "test":
		d.test = &Test{Given: len(args) > 0, Args: slices.DeleteFunc(slices.Clone(args), func(a string) bool { return a == "" })}
		return d, nil
	case "wasm":
		d.wasm = true
		return d, atMost(name, args, 0, "")
	case "keep":
		d.Kind = Keep
		return d, nil
	case "whos":
		d.Kind = Whos
		return d, nil
	case "track":
		d.Kind = Track
		return d, nil
	case "untrack":
		d.Kind = Untrack
		return d, nil
	case "goworkfix", "widgets", "widgets_hb", "autoget", "noautoget", "list", "version", "help", "mem", "goroutines", "replay", "compact":
		d.Kind = Kind(name)
		return d, atMost(name, args, 0, "")
	}
	return nil, unknown(name)
}

// atMost checks the number of operands.
func atMost(name string, args []string, n int, operands string) error {
	switch {
	case len(args) <= n:
		return nil
	case n == 0:
		return complain("expected %%%s alone. Got %s after it.", name, strings.Join(args, " "))
	}
	return complain("expected %%%s %s. Got %d words after it.", name, operands, len(args))
}

// fileOperand reads "[-a] FILE".
func fileOperand(command string, args []string) (file string, add bool, err error) {
	given := args
	if len(args) > 1 && args[0] == "-a" {
		add, args = true, args[1:]
	}
	if len(args) != 1 || args[0] == "" || args[0] == "-a" {
		return "", false, complain("expected %s [-a] FILE. Got %q after it.", command, strings.Join(given, " "))
	}
	return args[0], add, nil
}

// unknown says that there is no such command, and which one might be meant.
func unknown(name string) error {
	if why, ok := absent[name]; ok {
		return complain("%%%s is a command of GoNB that is not available here: %s. %%help shows all commands.", name, why)
	}
	if slices.Contains(names, name) {
		return complain("expected %%%s in the first line of the cell: all the rest of the cell belongs to it. Move it to a cell of its own.", name)
	}
	hint := ""
	if near := cell.Nearest(name, names); near != "" {
		hint = " Did you mean %" + near + "?"
	}
	return complain("there is no command %%%s.%s %%help shows all commands.", name, hint)
}

// whole reads a cell magic from the first line that is not blank; nil when the cell is an ordinary
// one.
func whole(lines []string) (w *Whole, continued bool, err error) {
	first := 0
	for first < len(lines) && strings.TrimSpace(lines[first]) == "" {
		first++
	}
	if first == len(lines) {
		return nil, false, nil
	}
	line := uncomment(strings.TrimRight(lines[first], "\r\n"))
	f := fields(line)
	if len(f) == 0 || !strings.HasPrefix(line, "%%") || len(f[0]) < 3 {
		return nil, false, nil
	}
	w = &Whole{Line: first + 1, Body: strings.Join(lines[first+1:], "")}
	continued = first == len(lines)-1 || w.Body == ""
	whole := strings.HasSuffix(w.Body, "\n")
	if w.Body != "" && !whole {
		w.Body += "\n"
	}
	name, args := f[0], f[1:]
	switch name {
	case "%%writefile":
		if whole {
			w.Body += "\n" // an empty line at the end is a line of the file, as in GoNB
		}
		w.File, w.Append, err = fileOperand(name, args)
	case "%%script":
		w.Program = args
		if len(args) == 0 {
			err = complain("expected %%%%script PROGRAM [ARGUMENT...]. Got no program.")
		}
	case "%%bash", "%%sh":
		w.Program = []string{name[2:]}
		err = atMost(name[1:], args, 0, "")
	default:
		err = unknown(name[1:])
	}
	if err != nil {
		return nil, false, at(w.Line, err)
	}
	return w, continued, nil
}
