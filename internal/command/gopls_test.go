package command

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

func TestInstallTellsOfGoplsAndGoesOnWithout(t *testing.T) {
	for want, installed := range map[string]func(context.Context) (string, error){
		"gopls is ready: /cache/gopls": func(context.Context) (string, error) { return "/cache/gopls", nil },
		"Without it: no network":       func(context.Context) (string, error) { return "", errors.New("no network") },
	} {
		var out bytes.Buffer
		prepareGopls(context.Background(), &environment{stdout: &out, installGopls: installed})
		if !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "takes a minute or two") {
			t.Errorf("got %q, want it to hold %q", out.String(), want)
		}
	}
}
