package display

import (
	"crypto/rand"
	"encoding/hex"
)

// instance keeps display ids of different sessions apart: a front end updates every display that
// carries an id, also one that an earlier session left in the notebook.
var instance = func() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}()
