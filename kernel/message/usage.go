package message

// UsageReply is the content of usage_reply, which the extension jupyter-resource-usage asks for.
// Unknown figures are left out.
type UsageReply struct {
	Hostname string `json:"hostname"`
	PID      int    `json:"pid"`
	CPUCount int    `json:"cpu_count"`
	// KernelCPU is the CPU time of the kernel and the processes below it, in percent of one CPU.
	KernelCPU *float64 `json:"kernel_cpu,omitempty"`
	// KernelMemory is the memory of the same processes in bytes.
	KernelMemory *uint64 `json:"kernel_memory,omitempty"`
	// HostCPU is the machine's load in percent of all its CPUs.
	HostCPU    *float64    `json:"host_cpu_percent,omitempty"`
	HostMemory *HostMemory `json:"host_virtual_memory,omitempty"`
}

// HostMemory is the machine's memory in bytes, and how much of it is in use, in percent.
type HostMemory struct {
	Total     uint64  `json:"total"`
	Available uint64  `json:"available"`
	Used      uint64  `json:"used"`
	Free      uint64  `json:"free"`
	Percent   float64 `json:"percent"`
}
