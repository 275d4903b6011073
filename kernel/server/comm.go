package server

import "github.com/gonbml/gonbml/kernel/message"

// The kernel has no comm targets: none is ever open, and one that a client opens is closed at once, as the protocol
// asks for a target that is not known.

// commInfo answers comm_info_request.
func (s *Server) commInfo(r *request) error {
	if _, err := message.ParseCommInfo(r.Request); err != nil {
		return err
	}
	s.reply(r, "comm_info_reply", message.CommInfoReply{Status: "ok", Comms: map[string]any{}})
	return nil
}

// commOpen closes the comm that a client opened.
func (s *Server) commOpen(r *request) error {
	c, err := message.ParseCommOpen(r.Request)
	if err != nil {
		return err
	}
	s.publish(r, "comm_close", message.CommClose{CommID: c.CommID, Data: map[string]any{}})
	return nil
}

// commMsg takes comm_msg and comm_close; there is no comm that they could be for.
func (s *Server) commMsg(r *request) error {
	_, err := message.ParseCommMsg(r.Request)
	return err
}
