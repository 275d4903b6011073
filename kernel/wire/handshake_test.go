package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestGreet(t *testing.T) {
	first := greeting()
	change := func(at int, b byte) string { return first[:at] + string(b) + first[at+1:] }
	ready := func(properties string) string {
		var out bytes.Buffer
		command := encodeCommand("READY", []byte(properties))
		command.WriteTo(&out)
		return out.String()
	}
	dealer := "\x0bSocket-Type\x00\x00\x00\x06DEALER"
	for name, c := range map[string]struct {
		sent, identity string
		want           error
	}{
		"without identity":        {first + ready(dealer), "", nil},
		"with identity":           {first + ready(dealer+"\x08Identity\x00\x00\x00\x03ann"), "ann", nil},
		"names without case":      {first + ready("\x0bSOCKET-TYPE\x00\x00\x00\x03REQ\x08identity\x00\x00\x00\x01b"), "b", nil},
		"a later version":         {change(11, 1) + ready(dealer), "", nil},
		"unknown properties":      {first + ready(dealer+"\x01x\x00\x00\x00\x01y"), "", nil},
		"nothing":                 {"", "", io.EOF},
		"half a greeting":         {first[:30], "", io.ErrUnexpectedEOF},
		"another protocol":        {"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl\r\nAccept: */*\r\n\r\n", "", ErrMalformed},
		"an old version":          {change(10, 1) + ready(dealer), "", ErrMalformed},
		"security":                {strings.Replace(first, "NULL", "PLAI", 1) + ready(dealer), "", ErrMalformed},
		"a subscriber":            {first + ready("\x0bSocket-Type\x00\x00\x00\x03SUB"), "", ErrMalformed},
		"no type":                 {first + ready(""), "", ErrMalformed},
		"a message":               {first + "\x00\x01a", "", ErrMalformed},
		"another command":         {first + "\x04\x05\x04PING", "", ErrMalformed},
		"a cut property":          {first + ready("\x0bSocket-Type\x00\x00\x00\x09DEALER"), "", ErrMalformed},
		"a cut name":              {first + ready("\x7fSocket"), "", ErrMalformed},
		"a long identity":         {first + ready(dealer+"\x08Identity\x00\x00\x01\x00"+strings.Repeat("i", 256)), "", ErrMalformed},
		"an absurd length":        {first + "\x06\x00\x00\x00\x40\x00\x00\x00\x00", "", errTooLarge},
		"an absurd second length": {first + "\x05\x00\x02\x40\x00\x00\x00\x00\x00\x00\x00", "", ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			id, err := greet(bufio.NewReader(strings.NewReader(c.sent)), &out, routerKind)
			if !errors.Is(err, c.want) || err == nil && id != c.identity {
				t.Errorf("got identity %q, error %v; want %q, %v", id, err, c.identity, c.want)
			}
		})
	}
}
