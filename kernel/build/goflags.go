package build

import (
	"fmt"
	"strings"
)

// This file knows which flags of the go command can be honoured, where cells, worker and packages must all be built alike.

// honoured returns those of the user's GOFLAGS that do not contradict how cells are built. The others concern the user's own
// builds, so that leaving them out is no fault.
func honoured(goflags string) (kept []string) {
	for _, f := range strings.Fields(goflags) {
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(f, "-"), "-"), "=")
		switch name {
		case "modcacherw", "tags", "p", "buildvcs":
			kept = append(kept, f)
		}
	}
	return kept
}

// buildFlags are those of flags that change what is built.
func buildFlags(flags []string) (list []string) {
	for _, f := range flags {
		if strings.HasPrefix(f, "-tags=") {
			list = append(list, f)
		}
	}
	return list
}

// refused are flags of go build that cells cannot have, with the reason for the user.
var refused = map[string]string{
	"race":      "in cells loaded as plugins the race detector was seen to miss races and to end the worker; write the code to a file with %%writefile and run !go run -race",
	"ldflags":   "cells are linked as plugins with flags of their own",
	"asmflags":  "cells have no assembly",
	"msan":      "the worker cannot be built with the memory sanitizer",
	"asan":      "the worker cannot be built with the address sanitizer",
	"mod":       "the session's module is managed by gonbml; a vendored folder is used where there is one",
	"modfile":   "the session's module is managed by gonbml",
	"buildmode": "cells are plugins",
	"o":         "a cell has no file for its output",
	"trimpath":  "cells are built so already",
	"compiler":  "cells are built with gc",
	"overlay":   "the session's module is managed by gonbml",
}

// ParseFlags reads the operands of %goflags, as go build takes them, and returns them in one form: -tags=a,b and
// -gcflags=... are known, and -cover with its kin, which are for tests (see CoverFlags). An error says which are not, and why.
func ParseFlags(args []string) (flags []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "" {
			continue
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		if !strings.HasPrefix(arg, "-") {
			return nil, fmt.Errorf("expected flags of go build, such as -tags=x. Got %q", arg)
		}
		switch name {
		case "tags", "gcflags":
			if !hasValue {
				if i++; i == len(args) {
					return nil, fmt.Errorf("expected a value after %s. Got none", arg)
				}
				value = args[i]
			}
			if name == "tags" {
				value = strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }), ",")
			} else if strings.Contains(value, "=") && !strings.HasPrefix(value, "-") {
				return nil, fmt.Errorf("expected -gcflags=FLAGS, which apply to cells. Got the pattern in %q, and packages that cells import are built without", value)
			}
			if value != "" {
				flags = append(flags, "-"+name+"="+value)
			}
		case "cover", "covermode", "coverpkg":
			flag := "-" + name
			if hasValue {
				flag += "=" + value
			} else if name != "cover" {
				if i++; i == len(args) {
					return nil, fmt.Errorf("expected a value after %s. Got none", arg)
				}
				flag += "=" + args[i]
			}
			flags = append(flags, flag)
		case "v", "x", "work", "n", "a":
			// they only say what go build does
		default:
			why := refused[name]
			if why == "" {
				why = "only -tags, -gcflags and -cover can be changed"
			}
			return nil, fmt.Errorf("cells cannot be built with -%s: %s", name, why)
		}
	}
	return flags, nil
}

// CoverFlags are those of flags that count coverage. Cells are not instrumented; the programs of tests can be.
func CoverFlags(flags []string) (list []string) {
	for _, f := range flags {
		if strings.HasPrefix(f, "-cover") {
			list = append(list, f)
		}
	}
	return list
}
