package build_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/build"
	"github.com/gonbml/gonbml/kernel/build/buildtest"
)

// The toolchain's sources say the same as its compiler does.
func TestVectorInstructionsAreAskedOfTheToolchain(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("there are none to ask for on this processor")
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	why := build.WhyNoSIMD(strings.TrimSpace(string(out)), runtime.GOOS)
	dir := t.TempDir()
	writeIn(t, dir, "uses.go", build.SIMDUses)
	writeIn(t, dir, "go.mod", "module uses\n\ngo 1.26\n")
	cmd := exec.Command("go", "build", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOEXPERIMENT=simd", "GOFLAGS=", "GOWORK=off")
	said, err := cmd.CombinedOutput()
	if (why == "") != (err == nil) {
		t.Errorf("the sources say %q, the compiler %v: %s", why, err, said)
	}
}

func TestVectorInstructionsOfOtherToolchains(t *testing.T) {
	const other = `package archsimd

type Float32x8 struct{}

func LoadFloat32x8(from []float32) Float32x8 { return Float32x8{} }
`
	for _, tt := range []struct{ name, file, text, want string }{
		{"no such package", "src/fmt/print.go", "package fmt\n", "it has no package simd/archsimd"},
		{"another one", "src/simd/archsimd/types_amd64.go", other, "its package simd/archsimd is not the one that GoMLX is written for: "},
		{"one that cannot be read", "src/simd/archsimd/types_amd64.go", "package archsimd\n\nfunc [x]\n", "its package simd/archsimd is not the one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			writeIn(t, root, tt.file, tt.text)
			if got := build.WhyNoSIMD(root, "linux"); !strings.HasPrefix(got, tt.want) {
				t.Errorf("expected %q. Got %q", tt.want, got)
			}
		})
	}
}

func writeIn(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// goThatSays writes a go command that notes the experiment it is called with, and fails.
func goThatSays(t *testing.T, text string) (file, noted string) {
	t.Helper()
	dir := t.TempDir()
	file, noted = filepath.Join(dir, "go"), filepath.Join(dir, "noted")
	script := "#!/bin/sh\necho \"with=$GOEXPERIMENT\" >>" + noted + "\necho '" + text + "' >&2\nexit 1\n"
	if err := os.WriteFile(file, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return file, noted
}

// A worker that does not compile is tried again without vector instructions; if these were not the
// cause, what was said first is what the user reads, and they stay on.
func TestAWorkerThatDoesNotCompile(t *testing.T) {
	for _, tt := range []struct {
		name, said string
		tries      int
	}{
		{"a package is refused", "# m/p\n../p/avx2.go:35:30: cannot use x", 2},
		{"the network fails", "m/p: dial tcp: lookup proxy: no such host", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			source, err := buildtest.Source()
			if err != nil {
				t.Fatal(err)
			}
			b, err := build.New(t.Context(), build.Options{Source: source, WorkDir: t.TempDir(), CacheDir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if len(b.Limits()) > 0 || runtime.GOARCH != "amd64" {
				tt.tries = 1 // there are no vector instructions that could be left out
			}
			before, limits := b.Salt(), len(b.Limits())
			file, noted := goThatSays(t, tt.said)
			b.UseGo(file)
			if err := b.Prepare(t.Context(), func(string) {}); err == nil || !strings.Contains(err.Error(), tt.said[:5]) {
				t.Errorf("expected what the go command said. Got %v", err)
			}
			calls, err := os.ReadFile(noted)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(calls), "with="); n != tt.tries {
				t.Errorf("expected %d tries. Got %d: %s", tt.tries, n, calls)
			}
			if tt.tries > 1 && !strings.HasSuffix(string(calls), "with=\n") {
				t.Errorf("the second try was with vector instructions: %s", calls)
			}
			if b.Salt() != before || len(b.Limits()) != limits {
				t.Errorf("the failure left its mark: %v", b.Limits())
			}
		})
	}
}

func TestNamesOfAnUnknownGoStay(t *testing.T) {
	b := buildtest.New(t, t.TempDir())
	b.UseUnknownVersion()
	u := unit(time.Now().String(), "package main\n\nimport \"fmt\"\n\ntype U int\n\nfunc init() { fmt.Printf(\"%T\", U(1)) }\n\nfunc main() {}\n", "fmt")
	asked := false
	u.FunctionName = func(s string) string { asked = true; return s }
	u.TypeName = u.FunctionName
	if _, err := b.Compile(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if limits := strings.Join(b.Limits(), "\n"); asked || !strings.Contains(limits, "the names that cells are compiled under") {
		t.Errorf("names were asked for: %v, limits %q", asked, limits)
	}
}

// An older gonbml cannot read what a newer Go compiles: format 5 of Go 1.27 is unknown to Go 1.26.
func TestAGoThatIsTooNewForThisProgram(t *testing.T) {
	source, err := buildtest.Source()
	if err != nil {
		t.Fatal(err)
	}
	b, err := build.New(t.Context(), build.Options{Source: source, WorkDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	out, err := exec.Command("go", "env", "GOTOOLDIR").Output()
	if err != nil {
		t.Fatal(err)
	}
	tools := strings.TrimSpace(string(out))
	if err := b.Readable(tools, b.GoVersion()); err != nil {
		t.Errorf("this Go: %v", err)
	}
	// A compiler whose archives tell a format of later days, in the byte behind the mark of the data.
	later := t.TempDir()
	script := "#!/bin/sh\n" + tools + "/compile \"$@\" || exit 1\nLC_ALL=C sed -i '/^[$][$]B$/{n;s/^u./uc/}' p.a\n"
	if err := os.WriteFile(filepath.Join(later, "compile"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	err = b.Readable(later, "go1.99")
	for _, want := range []string{"cannot read what go1.99", "export data version 99", runtime.Version(), "go install github.com/gonbml/gonbml@latest"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("expected %q. Got %v", want, err)
		}
	}
}
