package plugin

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// wheel is a Python package that carries a plugin, pinned: nothing else than a file with this sum
// is ever unpacked.
type wheel struct {
	name, version string
	// python and platform are pip's words for the file that is meant.
	python, platform string
	// sum is the file's SHA-256.
	sum string
	// member is the plugin's file name in it.
	member string
}

// wheels are the pinned packages by kind and by runtime.GOOS/runtime.GOARCH.
var wheels = map[Kind]map[string]wheel{
	CPU: {
		"linux/amd64": {"fastatomstruct-xla-cpu", "2026.6.23", "3.12", "manylinux_2_27_x86_64",
			"88b1c430b341b4bea40a37420311c9c75db6e22b46d2ff95b6986577bee6afe9", "libpjrt_cpu.so"},
	},
	CUDA: {
		"linux/amd64": {"jax-cuda13-pjrt", "0.10.2", "3.12", "manylinux_2_27_x86_64",
			"a97e9cabe0e21d8dbcc70bd909ca1c34cd546d3ce2d94b4cd907a8d4f6179f6a", "xla_cuda_plugin.so"},
		"linux/arm64": {"jax-cuda13-pjrt", "0.10.2", "3.12", "manylinux_2_27_aarch64",
			"b28f4940d09405ece084e50c91634f4bb1d43a8497b9d734f40007ee07281aec", "xla_cuda_plugin.so"},
	},
	TPU: {
		"linux/amd64": {"libtpu", "0.0.49", "3.12", "manylinux_2_31_x86_64",
			"2b11564737cf49c5b6bb87059ea6b24734d8b0975c970909ffcdf1d4343d4df3", "libtpu.so"},
	},
}

// standardIndex is the package index unless pip's variable names another.
const standardIndex = "https://pypi.org/simple"

// byPip fetches the wheel with pip, which knows the user's mirrors, proxies and certificates.
func (w wheel) byPip(ctx context.Context, dir string) (file string, err error) {
	var output []byte
	for _, python := range []string{"python3", "python"} {
		if _, lookErr := exec.LookPath(python); lookErr != nil {
			err = errors.New("there is no Python")
			continue
		}
		cmd := exec.CommandContext(ctx, python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-cache-dir",
			"--only-binary", ":all:", "--python-version", w.python, "--platform", w.platform, "--dest", dir, w.name+"=="+w.version)
		if output, err = cmd.CombinedOutput(); err == nil {
			break
		}
		if len(output) > 0 {
			lines := strings.Split(strings.TrimSpace(string(output)), "\n")
			err = fmt.Errorf("pip: %w: %s", err, lines[len(lines)-1])
		}
	}
	if err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("pip: expected one file in %s. Got %v", dir, found)
	}
	return found[0], w.verify(found[0])
}

// verify compares the file's sum with the pinned one.
func (w wheel) verify(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	return w.compare(hex.EncodeToString(h.Sum(nil)))
}

func (w wheel) compare(sum string) error {
	if sum != w.sum {
		return fmt.Errorf("%s %s: expected a file with the SHA-256 sum %s. Got %s; it is not the pinned one, and was not unpacked", w.name, w.version, w.sum, sum)
	}
	return nil
}

// byIndex fetches the wheel from a package index over HTTP, by the index's own list of files.
func (w wheel) byIndex(ctx context.Context, client *http.Client, index, dir string) (file string, err error) {
	page, err := url.Parse(strings.TrimSuffix(index, "/") + "/" + w.name + "/")
	if err != nil {
		return "", err
	}
	body, err := get(ctx, client, page.String(), "application/vnd.pypi.simple.v1+json")
	if err != nil {
		return "", err
	}
	defer body.Close()
	var list struct {
		Files []struct {
			Filename, URL string
			Hashes        map[string]string
		}
	}
	if err := json.NewDecoder(io.LimitReader(body, 64<<20)).Decode(&list); err != nil {
		return "", fmt.Errorf("%s: expected a list of files as JSON: %w", page.Redacted(), err)
	}
	for _, f := range list.Files {
		if f.Hashes["sha256"] != w.sum {
			continue
		}
		link, err := page.Parse(f.URL)
		if err != nil {
			return "", fmt.Errorf("%s: %w", page.Redacted(), err)
		}
		return w.download(ctx, client, link.String(), filepath.Join(dir, path.Base(f.Filename)))
	}
	return "", fmt.Errorf("%s: expected a file with the SHA-256 sum %s among %d. Got none", page.Redacted(), w.sum, len(list.Files))
}

// largest bounds a download; a wheel with a plugin has some 100 MB.
const largest = 2 << 30

func (w wheel) download(ctx context.Context, client *http.Client, link, file string) (string, error) {
	body, err := get(ctx, client, link, "")
	if err != nil {
		return "", err
	}
	defer body.Close()
	f, err := os.Create(file)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(body, largest))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return file, w.compare(hex.EncodeToString(h.Sum(nil)))
}

// get asks for a page; the caller closes it. Errors leave out a password in the link, which an
// index of one's own may need.
func get(ctx context.Context, client *http.Client, link, accept string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: expected status 200. Got %s", request.URL.Redacted(), response.Status)
	}
	return response.Body, nil
}

// unpack takes the plugin out of the wheel's file and puts it, whole or not at all, where to says.
func (w wheel) unpack(file, to string) (err error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	defer z.Close()
	for _, member := range z.File {
		if path.Base(member.Name) != w.member {
			continue
		}
		from, err := member.Open()
		if err != nil {
			return fmt.Errorf("%s: %w", member.Name, err)
		}
		defer from.Close()
		part, err := os.CreateTemp(filepath.Dir(to), ".installing-*")
		if err != nil {
			return err
		}
		defer os.Remove(part.Name()) // gone already if all went well
		_, err = io.Copy(part, io.LimitReader(from, largest))
		if err == nil {
			err = part.Chmod(0o755)
		}
		if err == nil {
			err = part.Sync()
		}
		if closed := part.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("%s: %w", member.Name, err)
		}
		return os.Rename(part.Name(), to)
	}
	return fmt.Errorf("%s: expected a member %s. Got none", filepath.Base(file), w.member)
}
