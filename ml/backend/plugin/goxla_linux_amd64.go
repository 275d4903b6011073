package plugin

import "github.com/gomlx/go-xla/installer"

// goxlaDevice installs the plugin for an accelerator. That for CUDA brings NVIDIA's libraries, some
// gigabytes.
func goxlaDevice(k Kind, dir string) error {
	if k == TPU {
		return installer.TPUInstall("tpu", "latest", dir, false, installer.Quiet)
	}
	return installer.CudaInstall("cuda13", wheels[CUDA]["linux/amd64"].version, dir, false, installer.Quiet)
}
