package build

import (
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// castagnoli is the checksum that processors compute themselves: a cell of two megabytes takes a fraction of a millisecond.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Object is a compiled unit.
type Object struct {
	// SO is the plugin; Archive is the package's archive, for cells that import it.
	SO, Archive string
	// Cached says that both were there already.
	Cached                bool
	CompileTime, LinkTime time.Duration
}

// seal is the file beside a compiled cell that says what its files held when they were written. A cell without an intact
// one is compiled again: power cuts, full disks and copies of caches leave truncated files. Its time is when the cell
// was last used.
func (o Object) seal() string { return strings.TrimSuffix(o.SO, ".so") + ".sum" }

// checksum describes the content of the object's files.
func (o Object) checksum() (string, error) {
	var sb strings.Builder
	for _, name := range []string{o.SO, o.Archive} {
		n, sum, err := checksumFile(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&sb, "%d %08x\n", n, sum)
	}
	return sb.String(), nil
}

func checksumFile(name string) (n int64, sum uint32, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	h := crc32.New(castagnoli)
	// A small buffer stays in the processor's cache. (The struct hides methods that would make io.CopyBuffer do without.)
	n, err = io.CopyBuffer(h, struct{ io.Reader }{f}, make([]byte, 64<<10))
	return n, h.Sum32(), err
}

// intact says whether the object is there and as it was written, and notes that it is used.
func (o Object) intact() bool {
	want, err := os.ReadFile(o.seal())
	if err != nil {
		return false
	}
	got, err := o.checksum()
	if err != nil || got != string(want) {
		return false
	}
	use(o.seal())
	return true
}

// scarce is the free space below which a tool that failed is taken to have failed for that: linkers that write through
// memory maps die of a signal and say nothing of the disk.
const scarce = 4 << 20

// explainDisk says of an error that it comes from a full disk, where that is so.
func explainDisk(dir string, err error) error {
	if err == nil {
		return nil
	}
	text := strings.ToLower(err.Error())
	free := freeSpace(dir)
	if !strings.Contains(text, "no space left on device") && !strings.Contains(text, "disk quota exceeded") && free >= scarce {
		return err
	}
	detail := strings.TrimSpace(err.Error())
	if line, _, more := strings.Cut(detail, "\n"); more {
		detail = line
	}
	return fmt.Errorf("the disk is full: %s has %s left. Free some space there (gonbml cache clean removes what gonbml can do without) and run the cell again; nothing was lost. It was noticed so: %s", dir, FormatSize(free), detail)
}

// freeSpace is how many bytes can be written to the file system of a folder.
func freeSpace(dir string) int64 {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return 1 << 62
	}
	return int64(st.Bavail) * int64(st.Bsize)
}
