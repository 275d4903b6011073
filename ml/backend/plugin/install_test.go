package plugin

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// library is a file that Check finds nothing wrong with: the test program itself will not do, so a
// plugin is stood in for by one that a wheel merely carries.
var library = []byte("the plugin's bytes")

// testWheel puts a wheel in place of the pinned one and returns its bytes.
func testWheel(t *testing.T, k Kind, member string) (wheel, []byte) {
	t.Helper()
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, content := range map[string][]byte{"some_plugin/__init__.py": nil, "some_plugin/" + member: library} {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(archive.Bytes())
	w := wheel{"some-plugin", "1.2.3", "3", "manylinux_2_27_x86_64", hex.EncodeToString(sum[:]), "libpjrt.so"}
	old := wheels[k]
	wheels[k] = map[string]wheel{"test/test": w}
	t.Cleanup(func() { wheels[k] = old })
	return w, archive.Bytes()
}

// index serves one file as a package index does; sum is what it says of it.
func index(t *testing.T, w wheel, sum string, archive []byte) *httptest.Server {
	t.Helper()
	name := "some_plugin-1.2.3-py3-none-any.whl"
	mux := http.NewServeMux()
	mux.HandleFunc("/simple/"+w.name+"/", func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != "application/vnd.pypi.simple.v1+json" {
			http.Error(rw, "HTML is for browsers", http.StatusNotAcceptable)
			return
		}
		fmt.Fprintf(rw, `{"files": [{"filename": "other.whl", "url": "/no", "hashes": {"sha256": "00"}},
			{"filename": %q, "url": "../../files/%s", "hashes": {"sha256": %q}}]}`, name, name, sum)
	})
	// A client that hangs up does not matter here.
	mux.HandleFunc("/files/"+name, func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(archive) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// offline returns an installer that finds neither Python nor go-xla's page.
func offline(t *testing.T, s *httptest.Server) Installer {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	i := Installer{
		Env: Env{Getenv: func(string) string { return "" }, Home: t.TempDir(), Root: t.TempDir()}, platform: "test/test",
		upstream: func(context.Context, Kind, string) error { return errors.New("not reachable") },
	}
	if s != nil {
		i.index, i.client = s.URL+"/simple", s.Client()
	}
	return i
}

func TestInstallFromIndex(t *testing.T) {
	w, archive := testWheel(t, CPU, "libpjrt.so")
	i := offline(t, index(t, w, w.sum, archive))
	var said []string
	i.Say = func(text string) { said = append(said, text) }
	file, err := i.Install(t.Context(), CPU)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, library) {
		t.Errorf("%s holds %q, %v. Expected %q", file, got, err, library)
	}
	if filepath.Dir(file) != i.Env.Folder() {
		t.Errorf("installed %s. Expected a file in %s", file, i.Env.Folder())
	}
	choices, err := Find(i.Env)
	if err != nil || choices[0].Plugin != file {
		t.Errorf("Find returned %v, %v. Expected the installed plugin first", choices, err)
	}
	if all := strings.Join(said, "; "); !strings.Contains(all, "not reachable") || !strings.Contains(all, "some-plugin 1.2.3") {
		t.Errorf("said %q. Expected what failed and what is fetched", all)
	}
	if entries, err := os.ReadDir(i.Env.Folder()); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v. Expected one file", entries, err)
	}
	removed, err := Uninstall(i.Env, CPU, "")
	if err != nil || !slices.Equal(removed, []string{file}) {
		t.Errorf("removed %v, %v. Expected %s", removed, err, file)
	}
	if _, err := Uninstall(i.Env, CPU, ""); err == nil || !strings.Contains(err.Error(), "Got none") {
		t.Errorf("removing what is not there: %v", err)
	}
}

func TestInstallRefuses(t *testing.T) {
	t.Run("another file under the pinned sum", func(t *testing.T) {
		w, archive := testWheel(t, CPU, "libpjrt.so")
		i := offline(t, index(t, w, w.sum, append(archive, 0)))
		refused(t, i, "was not unpacked")
	})
	t.Run("an index without the file", func(t *testing.T) {
		w, archive := testWheel(t, CPU, "libpjrt.so")
		i := offline(t, index(t, w, "11", archive))
		refused(t, i, "Got none")
	})
	t.Run("a wheel without the plugin", func(t *testing.T) {
		w, archive := testWheel(t, CPU, "else.so")
		i := offline(t, index(t, w, w.sum, archive))
		refused(t, i, "expected a member libpjrt.so")
	})
	t.Run("no index", func(t *testing.T) {
		testWheel(t, CPU, "libpjrt.so")
		s := httptest.NewServer(http.NotFoundHandler())
		defer s.Close()
		i := offline(t, s)
		i.index = strings.Replace(i.index, "http://", "http://user:secret@", 1)
		if err := refused(t, i, "404"); strings.Contains(err.Error(), "secret") {
			t.Errorf("%v. Expected it without the password", err)
		}
	})
	t.Run("no wheel for the platform", func(t *testing.T) {
		testWheel(t, CPU, "libpjrt.so")
		i := offline(t, nil)
		i.platform = "plan9/mips"
		refused(t, i, "no pinned wheel")
	})
	if _, err := offline(t, nil).Install(t.Context(), Go); err == nil {
		t.Error("the Go backend was installed")
	}
}

// refused fails if something is installed, or something stays behind. It returns the error of
// Install.
func refused(t *testing.T, i Installer, want string) error {
	t.Helper()
	file, err := i.Install(t.Context(), CPU)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %q, %v. Expected an error with %q", file, err, want)
	}
	if entries, err := os.ReadDir(i.Env.Folder()); err != nil || len(entries) != 0 {
		t.Errorf("the folder holds %v, %v. Expected nothing", entries, err)
	}
	return err
}

func TestInstallByPip(t *testing.T) {
	w, archive := testWheel(t, CPU, "libpjrt.so")
	i := offline(t, nil)
	i.index = "http://127.0.0.1:1/simple" // nobody is there
	// A Python whose pip copies the wheel to the folder behind --dest, its last argument but one.
	bin := t.TempDir()
	wheelFile := filepath.Join(bin, "some_plugin-1.2.3-py3-none-any.whl")
	if err := os.WriteFile(wheelFile, archive, 0o666); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nfor a; do before=$last; last=$a; done\n[ \"$last\" = " + w.name + "==" + w.version + " ] && /bin/cp " + wheelFile + " \"$before\"\n"
	if err := os.WriteFile(filepath.Join(bin, "python3"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	file, err := i.Install(t.Context(), CPU)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, library) {
		t.Errorf("%s holds %q, %v. Expected %q", file, got, err, library)
	}
}

func TestInstallByGoXLA(t *testing.T) {
	i := offline(t, nil)
	want := ""
	i.upstream = func(_ context.Context, k Kind, dir string) error {
		want = filepath.Join(dir, "pjrt_c_api_"+string(k)+"_v9_plugin"+extension())
		return os.WriteFile(want, library, 0o666)
	}
	if file, err := i.Install(t.Context(), CPU); err != nil || file != want {
		t.Errorf("got %s, %v. Expected %s", file, err, want)
	}
}

// The user's folder of CUDA plugins holds NVIDIA's libraries, which go with the plugin.
func TestUninstallCUDA(t *testing.T) {
	m := Env{Getenv: func(string) string { return "" }, Home: t.TempDir()}
	beside := filepath.Join(m.Folder(), "nvidia", "cu13", "lib", "libcublas.so.13")
	file := filepath.Join(m.Folder(), "nvidia", "pjrt_c_api_cuda_plugin"+extension())
	if err := os.MkdirAll(filepath.Dir(beside), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{beside, file} {
		if err := os.WriteFile(f, library, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if removed, err := Uninstall(m, CUDA, ""); err != nil || !slices.Equal(removed, []string{file}) {
		t.Errorf("removed %v, %v. Expected %s", removed, err, file)
	}
	if _, err := os.Stat(filepath.Dir(file)); !os.IsNotExist(err) {
		t.Errorf("NVIDIA's libraries stayed: %v", err)
	}
}
