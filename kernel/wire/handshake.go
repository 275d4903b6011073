package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A ZMTP 3.0 greeting: the signature, the version, the mechanism and 32 bytes that mean nothing
// without security.
const (
	greetingSize   = 64
	mechanismAt    = 12
	mechanismSize  = 20
	readyLimit     = 8 << 10 // the longest first command that is believed
	identityLimit  = 255
	propertySocket = "Socket-Type"
	propertyID     = "Identity"
)

// socketKind is a ZMTP socket type of ours, with the types of peers that may talk to it.
type socketKind struct {
	name  string
	peers []string
}

var (
	routerKind    = socketKind{"ROUTER", []string{"DEALER", "REQ", "ROUTER"}}
	publisherKind = socketKind{"XPUB", []string{"SUB", "XSUB"}}
)

// greet exchanges greetings and READY commands with a peer, without security, and returns the
// identity that the peer gives itself. It reads from in no more than that, and takes no memory for
// what is only announced.
func greet(in *bufio.Reader, out io.Writer, kind socketKind) (identity string, err error) {
	ours := make([]byte, greetingSize)
	ours[0], ours[9], ours[10] = 0xff, 0x7f, 3
	copy(ours[mechanismAt:], "NULL")
	if _, err := out.Write(ours); err != nil {
		return "", fmt.Errorf("send the greeting: %w", err)
	}
	theirs := make([]byte, greetingSize)
	if _, err := io.ReadFull(in, theirs); err != nil {
		return "", fmt.Errorf("read the greeting: %w", err)
	}
	mechanism := string(bytes.TrimRight(theirs[mechanismAt:mechanismAt+mechanismSize], "\x00"))
	switch {
	case theirs[0] != 0xff || theirs[9]&1 != 1:
		return "", fmt.Errorf("%w: the peer does not speak ZMTP", ErrMalformed)
	case theirs[10] < 3:
		return "", fmt.Errorf("%w: expected ZMTP 3, got %d", ErrMalformed, theirs[10])
	case mechanism != "NULL":
		return "", fmt.Errorf("%w: expected no security, got mechanism %q", ErrMalformed, mechanism)
	}
	ready := append(property(propertySocket, kind.name), property(propertyID, "")...)
	command := encodeCommand("READY", ready)
	if _, err := command.WriteTo(out); err != nil {
		return "", fmt.Errorf("send the first command: %w", err)
	}
	return readReady(in, kind)
}

// readReady reads the peer's READY command.
func readReady(in *bufio.Reader, kind socketKind) (identity string, err error) {
	p, err := readPacketUpTo(in, readyLimit)
	if err != nil {
		return "", fmt.Errorf("read the first command: %w", err)
	}
	if !p.command {
		return "", fmt.Errorf("%w: expected a READY command, got a message", ErrMalformed)
	}
	name, rest, err := splitCommand(p.frames[0])
	if err != nil {
		return "", err
	}
	if name != "READY" {
		return "", fmt.Errorf("%w: expected a READY command, got %q", ErrMalformed, name)
	}
	properties, err := readProperties(rest)
	if err != nil {
		return "", err
	}
	if socket := properties[strings.ToLower(propertySocket)]; !slices.Contains(kind.peers, socket) {
		return "", fmt.Errorf("%w: expected a peer of type %s, got %q", ErrMalformed, strings.Join(kind.peers, ", "), socket)
	}
	identity = properties[strings.ToLower(propertyID)]
	if len(identity) > identityLimit {
		return "", fmt.Errorf("%w: an identity of %d bytes", ErrMalformed, len(identity))
	}
	return identity, nil
}

// property encodes one property of a READY command.
func property(name, value string) []byte {
	b := append([]byte{byte(len(name))}, name...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(value)))
	return append(b, value...)
}

// readProperties decodes the properties of a READY command; names count without case.
func readProperties(b []byte) (map[string]string, error) {
	found := map[string]string{}
	for len(b) > 0 {
		n := int(b[0])
		if len(b) < 1+n+4 {
			return nil, fmt.Errorf("%w: a property that ends early", ErrMalformed)
		}
		name, size := string(b[1:1+n]), binary.BigEndian.Uint32(b[1+n:])
		b = b[1+n+4:]
		if uint64(size) > uint64(len(b)) {
			return nil, fmt.Errorf("%w: property %q ends early", ErrMalformed, name)
		}
		found[strings.ToLower(name)] = string(b[:size])
		b = b[size:]
	}
	return found, nil
}
