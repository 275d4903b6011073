package backend

import (
	"errors"
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	golang, best := opened(t)
	for _, b := range []*Backend{golang, best} {
		d := b.Describe()
		text, page := d.String(), d.MIMEBundle()["text/html"].(string)
		for _, want := range []string{"Backend ", "Device 0 ", "Version ", b.Choice().Config, b.Choice().Plugin} {
			if !strings.Contains(text, want) {
				t.Errorf("expected %q in\n%s", want, text)
			}
		}
		if n := strings.Count(page, "<tr>"); n != len(d.Rows) || !strings.HasPrefix(page, "<table>") {
			t.Errorf("expected a table of %d rows. Got %s", len(d.Rows), page)
		}
	}
	if d := golang.Describe().String(); !strings.Contains(d, "gonbml xla install cpu") {
		t.Errorf("expected a hint how to get XLA. Got\n%s", d)
	}
}

func TestDescriptionEscapes(t *testing.T) {
	b, err := NewGo()
	if err != nil {
		t.Fatal(err)
	}
	b.passed = []error{errors.New("a <b> plugin")}
	if page := b.Describe().MIMEBundle()["text/html"].(string); !strings.Contains(page, "a &lt;b&gt; plugin") {
		t.Errorf("got %s", page)
	}
}
