// Package extent counts and prints the shapes of examples, which leave out the batch.
package extent
