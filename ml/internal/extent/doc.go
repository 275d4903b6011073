// Package extent counts and prints shapes of examples, which leave out the batch axis.
package extent
