// Package folder replaces a folder as a whole, so that whoever reads it sees the old one or the
// new one, also after a crash.
package folder
