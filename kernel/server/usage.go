package server

import (
	"os"
	"runtime"
	"time"

	"github.com/gonbml/gonbml/kernel/message"
)

// sampler measures what the kernel and the processes below it use. Shares of CPU time are over the
// time since the last call. It belongs to the goroutine that reads the control socket.
type sampler struct {
	at time.Time
	// cpu is each process's CPU time at the last call; hostBusy and hostAll are the machine's.
	cpu               map[int]time.Duration
	hostBusy, hostAll time.Duration
}

// process is what the system tells of one process.
type process struct {
	parent int
	cpu    time.Duration
}

// hostMemory is the machine's memory in bytes.
type hostMemory struct{ total, available, free uint64 }

// usage answers usage_request of the jupyter-resource-usage extension.
func (s *Server) usage(r *request) error {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "localhost"
	}
	content := message.UsageReply{Hostname: hostname, PID: os.Getpid(), CPUCount: runtime.NumCPU()}
	s.sampler.sample(&content, time.Now())
	s.reply(r, "usage_reply", content)
	return nil
}

// sample fills in the figures that this system tells.
func (u *sampler) sample(to *message.UsageReply, now time.Time) {
	processes, err := readProcesses()
	if err != nil {
		return
	}
	passed := now.Sub(u.at)
	cpu := map[int]time.Duration{}
	var used time.Duration
	var memory uint64
	for _, pid := range below(processes, os.Getpid()) {
		cpu[pid] = processes[pid].cpu
		if before, ok := u.cpu[pid]; ok {
			used += cpu[pid] - before
		}
		memory += readMemory(pid)
	}
	share := 0.0
	if u.cpu != nil && passed > 0 {
		share = 100 * used.Seconds() / passed.Seconds()
	}
	to.KernelCPU, to.KernelMemory = &share, &memory
	busy, all, err := readHostCPU()
	if err == nil && u.hostAll > 0 && all > u.hostAll {
		host := 100 * float64(busy-u.hostBusy) / float64(all-u.hostAll)
		to.HostCPU = &host
	}
	if m, err := readHostMemory(); err == nil && m.total > 0 {
		used := m.total - m.available
		to.HostMemory = &message.HostMemory{
			Total: m.total, Available: m.available, Used: used, Free: m.free, Percent: 100 * float64(used) / float64(m.total),
		}
	}
	u.at, u.cpu, u.hostBusy, u.hostAll = now, cpu, busy, all
}

// below returns the process and all its descendants.
func below(processes map[int]process, root int) []int {
	children := map[int][]int{}
	for pid, p := range processes {
		children[p.parent] = append(children[p.parent], pid)
	}
	found := []int{root}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}
