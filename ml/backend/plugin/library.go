package plugin

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Check looks into a plugin's file before it is loaded, and says clearly what the dynamic linker
// would say in riddles or only print: that there is no such file, that the download is truncated,
// that the plugin is for another processor, that the library is not a PJRT plugin, that libraries
// it needs are missing, or that the C library is too old. Formats other than ELF pass.
func Check(m Env, file string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file")
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a folder")
	case runtime.GOOS != "linux":
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
	dirs := m.libraries(f, file)
	if lacks := missing(f, dirs); len(lacks) > 0 {
		hint := "install the packages that hold them"
		if kindOf(file) == CUDA {
			hint = "they are NVIDIA's driver and CUDA: install the driver, and the libraries with gonbml xla install cuda"
		}
		return fmt.Errorf("it needs %s, which this machine lacks; %s", strings.Join(lacks, ", "), hint)
	}
	if needs, has := needsC(f), hasC(dirs); needs != (version{}) && has != (version{}) && has.before(needs) {
		return fmt.Errorf("it needs glibc %s, and this machine has %s; install an older plugin or a newer system", needs, has)
	}
	return nil
}

// libraries are the folders in which the dynamic linker looks for what the file needs.
func (m Env) libraries(f *elf.File, file string) []string {
	var dirs []string
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		lists, _ := f.DynString(tag) // without such a tag there is nothing to say
		for _, list := range lists {
			for _, dir := range filepath.SplitList(list) {
				dirs = append(dirs, strings.NewReplacer("$ORIGIN", filepath.Dir(file), "${ORIGIN}", filepath.Dir(file)).Replace(dir))
			}
		}
	}
	dirs = append(dirs, filepath.SplitList(m.Getenv("LD_LIBRARY_PATH"))...)
	dirs = append(dirs, m.configured("/etc/ld.so.conf", 0)...)
	for _, dir := range []string{"/lib", "/usr/lib", "/lib64", "/usr/lib64"} {
		dirs = append(dirs, m.Root+dir)
		for _, triple := range []string{"x86_64-linux-gnu", "aarch64-linux-gnu"} {
			dirs = append(dirs, filepath.Join(m.Root+dir, triple))
		}
	}
	return dirs
}

// configured reads the folders of a file like /etc/ld.so.conf, and of those that it includes.
func (m Env) configured(file string, depth int) (dirs []string) {
	f, err := os.Open(m.Root + file)
	if err != nil || depth > 4 {
		return nil
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		switch fields := strings.Fields(line); {
		case len(fields) == 2 && fields[0] == "include":
			pattern := fields[1]
			if !filepath.IsAbs(pattern) {
				pattern = filepath.Join(filepath.Dir(file), pattern)
			}
			included, _ := filepath.Glob(m.Root + pattern) // the only error is a malformed pattern
			for _, name := range included {
				dirs = append(dirs, m.configured(strings.TrimPrefix(name, m.Root), depth+1)...)
			}
		case len(fields) == 1:
			dirs = append(dirs, m.Root+fields[0])
		}
	}
	return dirs
}

// missing lists the libraries that the file needs and none of the folders holds.
func missing(f *elf.File, dirs []string) (lacks []string) {
	needed, _ := f.ImportedLibraries() // a broken table shows at loading
	for _, name := range needed {
		there := slices.ContainsFunc(dirs, func(dir string) bool {
			_, err := os.Stat(filepath.Join(dir, name))
			return err == nil
		})
		if !there {
			lacks = append(lacks, name)
		}
	}
	return lacks
}

// version is a version of the C library.
type version [2]int

func (v version) before(w version) bool { return v[0] < w[0] || v[0] == w[0] && v[1] < w[1] }
func (v version) String() string        { return fmt.Sprintf("%d.%d", v[0], v[1]) }

// glibc reads a symbol version such as GLIBC_2.27.
func glibc(name string) (v version, ok bool) {
	rest, ok := strings.CutPrefix(name, "GLIBC_")
	if !ok {
		return v, false
	}
	parts := strings.Split(rest, ".")
	if len(parts) < 2 {
		return v, false
	}
	for i := range v {
		n, err := strconv.Atoi(parts[i])
		if err != nil {
			return v, false
		}
		v[i] = n
	}
	return v, true
}

// needsC is the C library's version that the file needs.
func needsC(f *elf.File) (v version) {
	symbols, _ := f.ImportedSymbols() // a broken table shows at loading
	for _, s := range symbols {
		if w, ok := glibc(s.Version); ok && v.before(w) {
			v = w
		}
	}
	return v
}

// hasC is the version of the machine's C library.
func hasC(dirs []string) (v version) {
	for _, dir := range dirs {
		f, err := elf.Open(filepath.Join(dir, "libc.so.6"))
		if err != nil {
			continue
		}
		defer f.Close()
		versions, _ := f.DynamicVersions() // none in another C library
		for _, d := range versions {
			if w, ok := glibc(d.Name); ok && v.before(w) {
				v = w
			}
		}
		return v
	}
	return v
}
