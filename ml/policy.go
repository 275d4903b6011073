package ml

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
)

// Policy says in which type of numbers layers compute. Policies have the names of Keras's dtype
// policies.
type Policy string

// The policies. Float32 is the default. MixedBFloat16 computes layers in bfloat16, which is several
// times as fast on devices made for it, and keeps weights, normalisation, losses, metrics and the
// optimiser in float32.
const (
	Float32       Policy = ""
	MixedBFloat16 Policy = "mixed_bfloat16"
)

// UsePolicy sets the type in which layers compute. It keeps the weights, which are always float32.
// The policy is saved with the model. A backend that does not know the type reports it when the
// model is compiled for it.
func (m *Model) UsePolicy(p Policy) error {
	if err := m.enterCell(); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	defer m.leave()
	m.mu.Lock()
	defer m.mu.Unlock()
	switch p {
	case Float32:
		m.compute = dtypes.InvalidDType
	case MixedBFloat16:
		m.compute = dtypes.BFloat16
	default:
		return fmt.Errorf("ml: expected the policy %q or none. Got %q", MixedBFloat16, p)
	}
	m.forget()
	return nil
}

// Policy returns the policy of UsePolicy.
func (m *Model) Policy() Policy {
	if m.compute == dtypes.BFloat16 {
		return MixedBFloat16
	}
	return Float32
}
