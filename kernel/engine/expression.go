package engine

import (
	"context"
	"fmt"
	"go/parser"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
)

// evaluate evaluates a single Go expression in the session. It leaves no trace: the package is compiled and run, but never becomes
// part of the program, its run is not replayed, and output that belongs to no cell goes where it went before.
func (s *session) evaluate(ctx context.Context, l *lane, req exec.Request, out exec.Output) *exec.Failure {
	if _, err := parser.ParseExpr(req.Code); err != nil {
		return words.Failure(exec.CompileError, fmt.Sprintf("expected a Go expression. Got %.80q: %v", req.Code, err))
	}
	r := &run{session: s, lane: l, req: req, out: out, source: req.Code}
	return r.do(ctx)
}
