package words

import (
	"strings"
	"testing"
)

func TestAdvice(t *testing.T) {
	tests := map[string]string{
		"sql: Register called twice for driver mine":                                     `slices.Contains(sql.Drivers(), "mine")`,
		"duplicate metrics collector registration attempted":                             "prometheus.Unregister(c)",
		"Reuse of exported var name: hits\n":                                             `expvar.Get("hits")`,
		"pattern \"/a\" (registered at /cell/1/cell.go:1) conflicts with pattern \"/a\"": "http.NewServeMux()",
		"gob: registering duplicate types for \"main.t\": main.t != main.t":              "gob.RegisterName",
		"flag redefined: n": "FlagSet",
		"boom":              "",
	}
	for value, want := range tests {
		if got := strings.Join(advice(value), "\n"); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: got %q, want %q in it", value, got, want)
		}
	}
}
