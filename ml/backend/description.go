package backend

import (
	"context"
	"fmt"
	"html"
	"os/exec"
	"runtime"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gomlx/compute"
)

// Description is a table about a backend: what it is, why it was chosen, its devices and their
// memory, its plugin and version, and which plugins were found but did not load. A notebook shows
// it as a table; fmt prints it in columns.
type Description struct {
	// Rows are the lines of the table, each a name and what there is to say.
	Rows [][2]string
}

// Describe returns the table about the backend. On a machine with an NVIDIA GPU it asks nvidia-smi
// for the memory.
func (b *Backend) Describe() Description {
	var d Description
	row := func(name, text string) {
		if text != "" {
			d.Rows = append(d.Rows, [2]string{name, text})
		}
	}
	row("Backend", b.choice.String())
	for i := range b.compute.NumDevices() {
		row(fmt.Sprintf("Device %d", i), b.compute.DeviceDescription(compute.DeviceNum(i)))
	}
	row("Memory", b.memory())
	row("Plugin", b.choice.Plugin)
	row("Version", b.version())
	row("Configuration", b.choice.Config)
	for _, err := range b.passed {
		row("Passed over", err.Error())
	}
	if b.choice.Kind == Go {
		row("Faster", "An XLA plugin makes training several times faster: gonbml xla install cpu")
	}
	return d
}

// version is what the backend says of itself, without the plugin's path, which has a row of its
// own.
func (b *Backend) version() string {
	text := b.compute.Description()
	if b.choice.Plugin == "" {
		return text
	}
	if _, rest, ok := strings.Cut(text, "("+b.choice.Plugin+") "); ok {
		return "PJRT " + rest
	}
	return text
}

// memory says how much memory computations have; empty where that cannot be told.
func (b *Backend) memory() string {
	if b.choice.Kind == CUDA {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader").Output()
		if err != nil {
			return "" // without the program there is nobody to ask
		}
		return strings.Join(strings.Split(strings.TrimSpace(string(out)), "\n"), "; ")
	}
	if n := memory(Machine()); n > 0 && b.choice.Kind != TPU {
		return fmt.Sprintf("%.1f GB for this process, %d processors", float64(n)/1e9, runtime.GOMAXPROCS(0))
	}
	return ""
}

// String returns the table as text.
func (d Description) String() string {
	width := 0
	for _, r := range d.Rows {
		width = max(width, utf8.RuneCountInString(r[0]))
	}
	var b strings.Builder
	for _, r := range d.Rows {
		fmt.Fprintf(&b, "%-*s  %s\n", width, r[0], r[1])
	}
	return b.String()
}

// MIMEBundle returns the table as HTML and as text.
func (d Description) MIMEBundle() map[string]any {
	var b strings.Builder
	b.WriteString("<table><tbody>")
	for _, r := range d.Rows {
		fmt.Fprintf(&b, "<tr><th>%s</th><td>%s</td></tr>", html.EscapeString(r[0]), html.EscapeString(r[1]))
	}
	b.WriteString("</tbody></table>")
	return map[string]any{"text/html": b.String(), "text/plain": d.String()}
}
