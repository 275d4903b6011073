package rt

// The predeclared types under names that no cell can shadow: a user may declare a variable called
// string.
type (
	B_bool       = bool
	B_string     = string
	B_int        = int
	B_int8       = int8
	B_int16      = int16
	B_int32      = int32
	B_int64      = int64
	B_uint       = uint
	B_uint8      = uint8
	B_uint16     = uint16
	B_uint32     = uint32
	B_uint64     = uint64
	B_uintptr    = uintptr
	B_byte       = byte
	B_rune       = rune
	B_float32    = float32
	B_float64    = float64
	B_complex64  = complex64
	B_complex128 = complex128
	B_error      = error
	B_any        = any
)
