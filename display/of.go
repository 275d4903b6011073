package display

import (
	"fmt"
	"strings"
)

// Of renders any value.
func Of(v any) Bundle { return Text(fmt.Sprint(v)) }

// Values renders the values of one expression.
func Values(values ...any) Bundle {
	if len(values) == 1 {
		return Of(values[0])
	}
	return Text(strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
}
