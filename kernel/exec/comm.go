package exec

import "encoding/json"

// CommMessage is what travels on a comm in either direction, beside the comm's own name.
type CommMessage struct {
	// Data is a JSON object; nil stands for an empty one.
	Data json.RawMessage
	// Metadata is the message's metadata, a JSON object; nil stands for an empty one.
	Metadata json.RawMessage
	// Buffers are raw bytes that Data refers to in the target's own way.
	Buffers [][]byte
}

// Comm is one open comm: a conversation between something in the kernel and something in a front
// end, such as a slider and the code that it moves. Its methods may be called from several
// goroutines, also while one of the peer's messages is handled, and never wait for the front end.
// What is sent on a comm that is closed is dropped.
type Comm interface {
	// ID is the name that the side that opened the comm gave it.
	ID() string
	// Target is the name of the comm's target.
	Target() string
	// Send sends a message to the front end. It fails if Data or Metadata is no JSON object.
	Send(m CommMessage) error
	// Close closes the comm and tells the front end; the peer does not hear of it. Closing it again
	// does nothing.
	Close(m CommMessage) error
}

// CommPeer is the kernel's end of one comm. It is called from one goroutine for all comms, in the
// order in which the messages came and while cells run, so it must return soon: what takes long
// belongs into a goroutine of its own.
type CommPeer interface {
	// Message takes a message of the front end.
	Message(m CommMessage)
	// Closed hears that the front end has closed the comm; nothing comes after it.
	Closed(m CommMessage)
}

// CommTarget answers a front end that opens a comm. It may send on the comm at once; an error
// refuses the comm, which is then closed.
type CommTarget func(c Comm, open CommMessage) (CommPeer, error)

// Comms is the comms of one session, as a front end that has comms offers them to the engine.
type Comms interface {
	// Register makes a target known; a nil target takes it back. A target registered again replaces
	// the old one for comms that are opened later.
	Register(target string, t CommTarget)
	// RegisterFallback sets who answers for targets that nobody registered; nil for nobody, whose
	// comms are refused. The target's name is the comm's.
	RegisterFallback(t CommTarget)
	// Open opens a comm to a target of the front end. An empty id lets the session choose one; an
	// id that is in use fails. Messages of the front end go to peer; nil drops them.
	Open(id, target string, m CommMessage, peer CommPeer) (Comm, error)
	// Get returns the open comm of that name, or nil.
	Get(id string) Comm
}

// CommUser is an engine that wants comms. A front end that has some calls UseComms once, before the
// first cell; others never do.
type CommUser interface {
	UseComms(c Comms)
}
