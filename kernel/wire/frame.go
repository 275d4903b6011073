package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// Bits of the flags byte before each ZMTP 3 frame, and what a peer may send us at most.
const (
	flagMore    = 1
	flagLong    = 2
	flagCommand = 4

	maxMessage = 1 << 30
	maxFrames  = 4096
)

var errTooLarge = errors.New("message too large")

// packet is what one read from a peer gives: the frames of a message, or one command's body.
type packet struct {
	command bool
	frames  [][]byte
}

// readPacket reads a whole multi-frame message or a command. The memory it takes grows with what
// arrives, not with the length that a peer announces.
func readPacket(r *bufio.Reader) (packet, error) { return readPacketUpTo(r, maxMessage) }

// readPacketUpTo is readPacket with a limit on the bytes of all frames.
func readPacketUpTo(r *bufio.Reader, most uint64) (packet, error) {
	var p packet
	total := uint64(0)
	for {
		flags, err := r.ReadByte()
		if err != nil {
			return p, err
		}
		if flags&^(flagMore|flagLong|flagCommand) != 0 {
			return p, fmt.Errorf("%w: flags byte %#x", ErrMalformed, flags)
		}
		size, err := readSize(r, flags&flagLong != 0)
		if err != nil {
			return p, unexpected(err)
		}
		total += size
		if size > most || total > most || len(p.frames) >= maxFrames {
			return p, errTooLarge
		}
		body, err := readBody(r, int(size))
		if err != nil {
			return p, unexpected(err)
		}
		if flags&flagCommand != 0 {
			if flags&flagMore != 0 || len(p.frames) > 0 {
				return p, fmt.Errorf("%w: a command inside a message", ErrMalformed)
			}
			return packet{command: true, frames: [][]byte{body}}, nil
		}
		p.frames = append(p.frames, body)
		if flags&flagMore == 0 {
			return p, nil
		}
	}
}

func readSize(r *bufio.Reader, long bool) (uint64, error) {
	if !long {
		b, err := r.ReadByte()
		return uint64(b), err
	}
	var b [8]byte
	_, err := io.ReadFull(r, b[:])
	return binary.BigEndian.Uint64(b[:]), err
}

// readBody reads size bytes; above a megabyte it lets a buffer grow as they come.
func readBody(r *bufio.Reader, size int) ([]byte, error) {
	if size <= 1<<20 {
		body := make([]byte, size)
		_, err := io.ReadFull(r, body)
		return body, err
	}
	var buf bytes.Buffer
	_, err := io.CopyN(&buf, r, int64(size))
	return buf.Bytes(), err
}

// unexpected makes the end of the stream inside a packet an error of its own.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// encodeFrames returns the bytes of a message as it travels, ready for one vectored write; bodies
// are not copied.
func encodeFrames(frames [][]byte) net.Buffers {
	out := make(net.Buffers, 0, 2*len(frames))
	for i, f := range frames {
		flags := byte(0)
		if i < len(frames)-1 {
			flags = flagMore
		}
		out = append(out, frameHead(flags, len(f)), f)
	}
	return out
}

// encodeCommand returns the bytes of a ZMTP command.
func encodeCommand(name string, body []byte) net.Buffers {
	full := append(append([]byte{byte(len(name))}, name...), body...)
	return net.Buffers{frameHead(flagCommand, len(full)), full}
}

func frameHead(flags byte, size int) []byte {
	if size > 255 {
		return binary.BigEndian.AppendUint64([]byte{flags | flagLong}, uint64(size))
	}
	return []byte{flags, byte(size)}
}

// splitCommand splits a command's body into its name and the rest.
func splitCommand(body []byte) (name string, rest []byte, err error) {
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", nil, fmt.Errorf("%w: command without a name", ErrMalformed)
	}
	n := 1 + int(body[0])
	return string(body[1:n]), body[n:], nil
}
