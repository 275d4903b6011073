package server

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// lanes are the queues of cells: the main one and one for each subshell that a client has created.
// Cells of one lane follow one another; cells of two lanes run at once.
type lanes struct {
	main *lane

	// mu guards the lanes of subshells by name.
	mu   sync.Mutex
	subs map[string]*lane
}

func newLanes() *lanes { return &lanes{main: newLane(""), subs: map[string]*lane{}} }

// get returns the lane of that name, the main one for the empty name, or nil.
func (l *lanes) get(id string) *lane {
	if id == "" {
		return l.main
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.subs[id]
}

// names returns the subshells in order.
func (l *lanes) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, slices.Sorted(maps.Keys(l.subs))...) // never nil
}

// all returns every lane.
func (l *lanes) all() []*lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append(slices.Collect(maps.Values(l.subs)), l.main)
}

// enqueue puts a cell into the lane that its header names.
func (s *Server) enqueue(r *request) {
	if l := s.lanes.get(r.Header.Subshell); l != nil && l.add(r) {
		s.announce(l)
		return
	}
	s.dispatch(r, func(s *Server, r *request) error { return unknownSubshell(r.Header.Subshell) })
}

func unknownSubshell(id string) error {
	return fmt.Errorf("subshell_id: no subshell is called %q; it was not created, or has been deleted", id)
}

// createSubshell answers create_subshell_request.
func (s *Server) createSubshell(r *request) error {
	ctx, end := context.WithCancel(s.ctx)
	l := newLane(rand.Text())
	l.end = end
	s.lanes.mu.Lock()
	s.lanes.subs[l.id] = l
	s.lanes.mu.Unlock()
	s.wg.Go(func() { s.runLane(ctx, l) })
	s.reply(r, "create_subshell_reply", message.SubshellReply{Status: "ok", ID: l.id})
	return nil
}

// deleteSubshell answers delete_subshell_request: the subshell's cell is interrupted and those that
// wait are aborted.
func (s *Server) deleteSubshell(r *request) error {
	c, err := message.ParseSubshell(r.Request)
	if err != nil {
		return err
	}
	s.lanes.mu.Lock()
	l := s.lanes.subs[c.ID]
	delete(s.lanes.subs, c.ID)
	s.lanes.mu.Unlock()
	if l == nil {
		return unknownSubshell(c.ID)
	}
	s.abort(l.delete())
	s.tellLanes("the end of a subshell", func(e exec.Lanes) { e.CloseLane(c.ID) })
	s.reply(r, "delete_subshell_reply", message.OK{Status: "ok"})
	return nil
}

// listSubshells answers list_subshell_request.
func (s *Server) listSubshells(r *request) error {
	s.reply(r, "list_subshell_reply", message.SubshellList{Status: "ok", IDs: s.lanes.names()})
	return nil
}
