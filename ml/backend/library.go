package backend

import (
	"debug/elf"
	"errors"
	"fmt"
	"runtime"
	"slices"
)

// checkLibrary looks into a plugin's file before it is loaded: a truncated download, a plugin for another processor or
// a library that is no PJRT plugin would otherwise be reported by the dynamic linker's riddle. Formats other than ELF pass.
func checkLibrary(file string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	f, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("expected an ELF shared library: %w", err)
	}
	defer f.Close()
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	if want, ok := machines[runtime.GOARCH]; ok && f.Machine != want {
		return fmt.Errorf("it is built for %v, and this machine is %s", f.Machine, runtime.GOARCH)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return fmt.Errorf("its table of symbols is broken: %w", err)
	}
	if !slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == "GetPjrtApi" && s.Section != elf.SHN_UNDEF }) {
		return errors.New("it does not export GetPjrtApi, so it is no PJRT plugin")
	}
	return nil
}
