package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
)

// Connection is the content of a Jupyter connection file: where the kernel listens and how messages
// are signed.
type Connection struct {
	// Transport is "tcp" or "ipc".
	Transport string `json:"transport"`
	// IP is the address to listen on. For ipc it is the path to which "-PORT" is appended.
	IP string `json:"ip"`
	// The five ports. 0 lets the system choose; Sockets.Connection has its choice.
	ShellPort   int `json:"shell_port"`
	IOPubPort   int `json:"iopub_port"`
	StdinPort   int `json:"stdin_port"`
	ControlPort int `json:"control_port"`
	HBPort      int `json:"hb_port"`
	// Key signs every message. With an empty key, messages are not signed.
	Key string `json:"key"`
	// SignatureScheme is "hmac-sha256".
	SignatureScheme string `json:"signature_scheme"`
	// KernelName is the name of the kernelspec. It may be empty.
	KernelName string `json:"kernel_name,omitempty"`
}

// ReadConnection reads and checks a connection file. The error is one line for the user.
func ReadConnection(path string) (Connection, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return Connection{}, fmt.Errorf("connection file %s does not exist. Jupyter writes one for each kernel that it starts", path)
		}
		return Connection{}, fmt.Errorf("connection file: %w", err)
	}
	c, err := ParseConnection(text)
	if err != nil {
		return Connection{}, fmt.Errorf("connection file %s: %w", path, err)
	}
	return c, nil
}

// ParseConnection parses and checks the text of a connection file.
func ParseConnection(text []byte) (Connection, error) {
	c := Connection{Transport: "tcp", IP: "127.0.0.1", SignatureScheme: "hmac-sha256"}
	if err := json.Unmarshal(text, &c); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return Connection{}, fmt.Errorf("field %q: expected a %s, got a JSON %s", wrong.Field, wrong.Type, wrong.Value)
		}
		return Connection{}, fmt.Errorf("expected a JSON object with the kernel's ports: %w", err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return Connection{}, fmt.Errorf("expected a JSON object with the kernel's ports: %w", err)
	}
	for _, p := range c.ports() {
		if _, ok := keys[p.name]; !ok {
			return Connection{}, fmt.Errorf("field %q is missing", p.name)
		}
		if *p.port < 0 || *p.port > 65535 {
			return Connection{}, fmt.Errorf("field %q: expected a port from 0 to 65535, got %d", p.name, *p.port)
		}
	}
	if c.Transport != "tcp" && c.Transport != "ipc" {
		return Connection{}, fmt.Errorf(`field "transport": expected "tcp" or "ipc", got %q`, c.Transport)
	}
	if c.SignatureScheme != "" && c.SignatureScheme != "hmac-sha256" {
		return Connection{}, fmt.Errorf(`field "signature_scheme": expected "hmac-sha256", got %q`, c.SignatureScheme)
	}
	return c, nil
}

// namedPort is a port of a connection under its key in the connection file.
type namedPort struct {
	name string
	port *int
}

func (c *Connection) ports() []namedPort {
	return []namedPort{
		{"shell_port", &c.ShellPort}, {"iopub_port", &c.IOPubPort}, {"stdin_port", &c.StdinPort},
		{"control_port", &c.ControlPort}, {"hb_port", &c.HBPort},
	}
}

// listen opens the listener for one port, and stores the port that the system chose for port 0.
func (c *Connection) listen(port *int) (net.Listener, error) {
	if c.Transport == "ipc" {
		path := c.IP + "-" + strconv.Itoa(*port)
		// A socket file that a killed kernel left behind would make the bind fail for ever.
		if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
			if old, err := net.Dial("unix", path); err == nil {
				old.Close()
				return nil, fmt.Errorf("listen on ipc://%s: another process listens there", path)
			}
			os.Remove(path)
		}
		return net.Listen("unix", path)
	}
	host := c.IP
	if host == "*" {
		host = ""
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(*port)))
	if err != nil {
		return nil, err
	}
	*port = l.Addr().(*net.TCPAddr).Port
	return l, nil
}
