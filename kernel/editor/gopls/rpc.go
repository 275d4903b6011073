package gopls

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"sync"
)

// errEnded says that the other side has closed the connection.
var errEnded = errors.New("gopls has ended")

// conn is one end of a JSON-RPC connection as the Language Server Protocol has it: each message is
// preceded by its length. One goroutine (read) hears the other side, until that closes the
// connection.
type conn struct {
	// mu guards what follows and keeps messages whole: the number of the last request, and who
	// waits for which answer.
	mu      sync.Mutex
	w       io.Writer
	last    int64
	waiting map[int64]chan response
	ended   bool
}

// response is the answer to a request.
type response struct {
	result json.RawMessage
	err    error
}

// message is any JSON-RPC message.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  any             `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

func newConn(w io.Writer) *conn { return &conn{w: w, waiting: map[int64]chan response{}} }

// send writes a message. The caller holds mu.
func (c *conn) send(m message) error {
	m.Version = "2.0"
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.w, "Content-Length: %d\r\n\r\n%s", len(data), data)
	return err
}

// notify sends a message that has no answer.
func (c *conn) notify(method string, params any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(message{Method: method, Params: params})
}

// call sends a request and returns where its answer will arrive; the channel has room for it.
func (c *conn) call(method string, params any) <-chan response {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan response, 1)
	if c.ended {
		ch <- response{err: errEnded}
		return ch
	}
	c.last++
	c.waiting[c.last] = ch
	if err := c.send(message{ID: json.RawMessage(strconv.FormatInt(c.last, 10)), Method: method, Params: params}); err != nil {
		delete(c.waiting, c.last)
		ch <- response{err: err}
	}
	return ch
}

// read hears the other side until it ends. What it asks of us gets an empty answer: it concerns
// windows that we do not have.
func (c *conn) read(r io.Reader) {
	defer c.end()
	in := textproto.NewReader(bufio.NewReader(r))
	for {
		head, err := in.ReadMIMEHeader()
		if err != nil {
			return
		}
		n, err := strconv.Atoi(head.Get("Content-Length"))
		if err != nil || n < 0 || n > maxMessage {
			return
		}
		data := make([]byte, n)
		if _, err := io.ReadFull(in.R, data); err != nil {
			return
		}
		var m message
		if json.Unmarshal(data, &m) == nil {
			c.take(m)
		}
	}
}

// maxMessage is the longest message that is read; completions of the largest packages have a
// hundredth of it.
const maxMessage = 256 << 20

func (c *conn) take(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case m.Method != "" && m.ID != nil:
		// A failure shows when we ask the next time.
		_ = c.send(message{ID: m.ID, Result: json.RawMessage("null")})
	case m.Method != "":
	default:
		id, err := strconv.ParseInt(string(m.ID), 10, 64)
		ch := c.waiting[id]
		if err != nil || ch == nil {
			return
		}
		delete(c.waiting, id)
		r := response{result: m.Result}
		if m.Error != nil {
			r.err = fmt.Errorf("gopls: %s", m.Error.Message)
		}
		ch <- r
	}
}

// end answers everybody who waits.
func (c *conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for id, ch := range c.waiting {
		ch <- response{err: errEnded}
		delete(c.waiting, id)
	}
}
