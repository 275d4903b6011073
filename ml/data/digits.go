package data

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
)

//go:embed digits.csv.gz
var digitsFile []byte

// DigitsSource is the attribution of the data set that Digits returns.
const DigitsSource = "E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits (test set), " +
	"UCI Machine Learning Repository, 1998, doi:10.24432/C50P49, CC BY 4.0; the file is the one that scikit-learn ships (BSD-3-Clause)."

// Digits returns 1797 pictures of handwritten digits, 8 by 8 pixels with values from 0 to 16. They
// are part of this package and need no network. See DigitsSource for where they come from.
func Digits() (Dataset, error) {
	d, err := readDigits(digitsFile)
	if err != nil {
		return Dataset{}, fmt.Errorf("data: the digits in this program: %w", err)
	}
	return d, nil
}

// readDigits reads lines of 64 pixels and a class.
func readDigits(file []byte) (Dataset, error) {
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return Dataset{}, err
	}
	lines := csv.NewReader(z)
	lines.FieldsPerRecord = 65
	records, err := lines.ReadAll()
	if err != nil {
		return Dataset{}, err
	}
	d := Dataset{Name: "UCI digits", Source: DigitsSource, Classes: digits(), Width: 8, Height: 8, White: 16, X: Array{Shape: []int{len(records), 64}}}
	for i, r := range records {
		for k, field := range r {
			v, err := strconv.Atoi(field)
			if err != nil {
				return Dataset{}, fmt.Errorf("line %d: %w", i+1, err)
			}
			if k == 64 {
				d.Y = append(d.Y, v)
			} else {
				d.X.Values = append(d.X.Values, float32(v))
			}
		}
	}
	return d, nil
}
