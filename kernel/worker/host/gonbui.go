package host

import (
	"encoding/base64"
	"encoding/gob"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Gonbui handles a message of gonbui in the goroutine that sends it, so that the message keeps its
// place among what is printed. It says whether it did; other messages go through the named pipe.
// Generated code makes gonbui call it.
func Gonbui(data *protocol.DisplayData) bool {
	h := active.Load()
	return h != nil && h.gonbuiDisplay(data)
}

// gonbuiDisplay handles what the program shows or asks for; it returns false for anything else.
func (h *host) gonbuiDisplay(data *protocol.DisplayData) bool {
	if request, ok := data.Data[protocol.MIMEJupyterInput]; ok {
		h.gonbuiInput(request)
		return true
	}
	for _, mime := range []protocol.MIMEType{protocol.MIMECommValue, protocol.MIMECommSubscribe} {
		if v, ok := data.Data[mime]; ok {
			return h.comm(v)
		}
	}
	bundle := map[string]any{}
	for mime, content := range data.Data {
		if raw, ok := content.([]byte); ok {
			bundle[string(mime)] = base64.StdEncoding.EncodeToString(raw)
		} else {
			bundle[string(mime)] = content
		}
	}
	exec, _ := h.owner()
	_, update := shown.LoadOrStore(shownDisplay{exec, data.DisplayID}, true)
	h.Publish(bundle, data.Metadata, data.DisplayID, update && data.DisplayID != "")
	return true
}

// shown holds the displays that exist: gonbui makes no difference between the first time and later
// ones. A cell that runs again makes its displays again, since the front end has removed them with
// its other output.
var shown sync.Map

// shownDisplay is a display of one exec.
type shownDisplay struct {
	exec int64
	id   string
}

// gonbuiInput asks the user for a line and lets the program read it from standard input. It does
// not wait, as gonbui.RequestInput does not.
func (h *host) gonbuiInput(request any) {
	var r protocol.InputRequest
	switch v := request.(type) {
	case *protocol.InputRequest:
		r = *v
	case protocol.InputRequest:
		r = v
	default:
		return
	}
	exec, ctx := h.owner()
	h.stdin.ask(ctx, exec, r.Prompt, r.Password)
}

// servePipes serves gonbui's named pipes as its own kernel does. Both ends are opened for reading
// and writing, so that opening does not wait for the other side.
func (h *host) servePipes() {
	in, err := os.OpenFile(os.Getenv(protocol.GONB_PIPE_ENV), os.O_RDWR, 0)
	if err != nil {
		return // the worker runs without; then gonbui does nothing
	}
	back, err := os.OpenFile(os.Getenv(protocol.GONB_PIPE_BACK_ENV), os.O_RDWR, 0)
	if err != nil {
		return
	}
	gob.Register(map[string]any{})
	gob.Register([]any{})
	answers := &answers{enc: gob.NewEncoder(back)}
	h.mu.Lock()
	h.answers = answers
	h.mu.Unlock()
	messages := gob.NewDecoder(in)
	for {
		data := &protocol.DisplayData{}
		if err := messages.Decode(data); errors.Is(err, io.EOF) || errors.Is(err, os.ErrClosed) {
			return
		} else if err != nil {
			messages = gob.NewDecoder(in) // another program has begun to write
			continue
		}
		if v, ok := data.Data[protocol.MIMECommValue].(protocol.CommValue); ok && v.Address == protocol.GonbuiSyncAddress {
			answers.send(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: v.Value})
			continue
		}
		h.gonbuiDisplay(data)
	}
}
