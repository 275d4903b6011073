package data

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// idxFile reads a file of the format in which MNIST comes (yann.lecun.com/exdb/mnist): a magic
// number that ends in the number of axes, the axes' lengths as big-endian 32-bit numbers, then a
// byte for each value. The file may be compressed, with .gz behind its name. sum is its SHA-256 in
// hexadecimal if it is to be checked.
func idxFile(dir, name, sum string) (values []byte, shape []int, err error) {
	path := filepath.Join(dir, name+".gz")
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		path = filepath.Join(dir, name)
		file, err = os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, fmt.Errorf("expected the file %s.gz or %s in %s. Got neither", name, name, dir)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if got := sha256.Sum256(file); sum != "" && filepath.Ext(path) == ".gz" && hex.EncodeToString(got[:]) != sum {
		return nil, nil, fmt.Errorf("%s: expected the SHA-256 %s. Got %x: the file is damaged or another one. Delete it and get it again, or set Unchecked to read it as it is", path, sum, got)
	}
	if filepath.Ext(path) == ".gz" {
		z, err := gzip.NewReader(bytes.NewReader(file))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		if file, err = io.ReadAll(z); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	values, shape, err = parseIDX(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return values, shape, nil
}

func parseIDX(file []byte) (values []byte, shape []int, err error) {
	if len(file) < 4 || file[0] != 0 || file[1] != 0 || file[2] != 8 {
		return nil, nil, errors.New("expected an IDX file of bytes, which begins with 0 0 8")
	}
	axes := int(file[3])
	if len(file) < 4+4*axes {
		return nil, nil, errors.New("the IDX header is cut off")
	}
	n := 1
	for i := range axes {
		d := int(binary.BigEndian.Uint32(file[4+4*i:]))
		shape = append(shape, d)
		n *= d
	}
	values = file[4+4*axes:]
	if len(values) != n {
		return nil, nil, fmt.Errorf("expected %d values, as the header says. Got %d", n, len(values))
	}
	return values, shape, nil
}
