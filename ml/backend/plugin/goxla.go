package plugin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gomlx/go-xla/installer"
)

// releases is the page from which go-xla's installer downloads plugins for the CPU. Those for CUDA
// and TPU come from the package index.
const releases = "https://api.github.com/repos/gomlx/pjrt-cpu-binaries/releases"

// goxla runs go-xla's own installer, which takes the version that it was tested with. It has no
// time limit, so it is first seen whether its page answers.
func goxla(ctx context.Context, k Kind, dir string) error {
	page := releases
	if k != CPU {
		page = standardIndex + "/" + wheels[k]["linux/amd64"].name + "/"
	}
	quick, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	body, err := get(quick, http.DefaultClient, page, "")
	if err != nil {
		return fmt.Errorf("its page is not reachable: %w", err)
	}
	body.Close()
	if k == CPU {
		return installer.CPUAutoInstall(dir, false, installer.Quiet)
	}
	return goxlaDevice(k, dir)
}
