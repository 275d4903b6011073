package tensorboard

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
)

// The protocol-buffer messages of TensorFlow's event.proto and summary.proto that are written here,
// encoded by hand: they are small, never read back, and have been the same for ten years. Field
// numbers are those of these files.

// message is an encoded protocol-buffer message under construction.
type message []byte

// Wire types.
const (
	varint  = 0
	fixed64 = 1
	length  = 2
	fixed32 = 5
)

func (m message) key(field, wire int) message {
	return binary.AppendUvarint(m, uint64(field<<3|wire))
}

func (m message) int(field int, v int64) message {
	return binary.AppendUvarint(m.key(field, varint), uint64(v))
}

func (m message) double(field int, v float64) message {
	return binary.LittleEndian.AppendUint64(m.key(field, fixed64), math.Float64bits(v))
}

func (m message) float(field int, v float32) message {
	return binary.LittleEndian.AppendUint32(m.key(field, fixed32), math.Float32bits(v))
}

func (m message) bytes(field int, v []byte) message {
	return append(binary.AppendUvarint(m.key(field, length), uint64(len(v))), v...)
}

func (m message) doubles(field int, all []float64) message {
	var packed []byte
	for _, v := range all {
		packed = binary.LittleEndian.AppendUint64(packed, math.Float64bits(v))
	}
	return m.bytes(field, packed)
}

// event is tensorflow.Event: its content is the field of that number.
func event(seconds float64, step int, field int, content []byte) message {
	return message{}.double(1, seconds).int(2, int64(step)).bytes(field, content)
}

// The fields of an event's content.
const (
	fileVersion = 3
	summary     = 5
)

// scalar is a tensorflow.Summary with one number.
func scalar(tag string, value float64) message {
	return message{}.bytes(1, message{}.bytes(1, []byte(tag)).float(2, float32(value)))
}

// histogram is a tensorflow.Summary with a HistogramProto.
func histogram(tag string, values []float64) message {
	var sum, squares float64
	low, high := values[0], values[0]
	for _, v := range values {
		sum += v
		squares += v * v
		low, high = min(low, v), max(high, v)
	}
	limits, counts := buckets(values, low, high)
	h := message{}.double(1, low).double(2, high).double(3, float64(len(values))).double(4, sum).double(5, squares).doubles(6, limits).doubles(7, counts)
	return message{}.bytes(1, message{}.bytes(1, []byte(tag)).bytes(5, h))
}

// bins is the number of buckets of a histogram, TensorBoard's own default.
const bins = 30

// buckets counts the values in buckets of one width, each given by its upper end.
func buckets(values []float64, low, high float64) (limits, counts []float64) {
	if low == high {
		return []float64{high}, []float64{float64(len(values))}
	}
	counts = make([]float64, bins)
	width := (high - low) / bins
	for i := range bins {
		limits = append(limits, low+width*float64(i+1))
	}
	limits[bins-1] = high
	for _, v := range values {
		i, _ := slices.BinarySearch(limits, v)
		counts[min(i, bins-1)]++
	}
	return limits, counts
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is the masked CRC-32C of TensorFlow's record files.
func checksum(data []byte) uint32 {
	c := crc32.Checksum(data, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// record wraps a message for the file: its length, a checksum of that, the message, a checksum of
// it.
func record(m message) []byte {
	r := binary.LittleEndian.AppendUint64(nil, uint64(len(m)))
	r = binary.LittleEndian.AppendUint32(r, checksum(r))
	r = append(r, m...)
	return binary.LittleEndian.AppendUint32(r, checksum(m))
}
