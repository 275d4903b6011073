//go:build !(linux && amd64)

package plugin

import "fmt"

// goxlaDevice says that go-xla has such plugins for Linux on amd64 only.
func goxlaDevice(k Kind, _ string) error {
	return fmt.Errorf("it has no %s plugin for this machine", k)
}
