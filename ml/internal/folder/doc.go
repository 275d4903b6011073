// Package folder replaces a folder as a whole: whoever reads it sees the old folder or the new one,
// even after a crash. It knows nothing of what is in the folder.
package folder
