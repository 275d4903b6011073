package layers

import "github.com/gonbml/gonbml/ml/contract"

// savedWrapper is how a layer that contains another one looks in a saved model.
type savedWrapper struct {
	Layer contract.Saved `json:"layer"`
	Merge string         `json:"merge,omitempty"`
	Name  string         `json:"name,omitempty"`
}
