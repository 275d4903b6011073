package host

/*
#include <stdio.h>

// A pipe makes C's standard output fully buffered: what a cell's C code prints would come out whenever the buffer is full.
static void line_buffered(void) { setvbuf(stdout, NULL, _IOLBF, 0); }
static void flush(void) { fflush(stdout); }
*/
import "C"

// bufferLines makes C code's standard output come out line by line.
func bufferLines() { C.line_buffered() }

// flushC writes what C code has printed of a line that has not ended.
func flushC() { C.flush() }
