package server

import (
	"reflect"
	"testing"

	"github.com/gonbml/gonbml/kernel/message"
)

func TestHistory(t *testing.T) {
	h := &history{}
	for _, input := range []string{"a := [1]", "b/c", "b/c", "fmt.Println(a)\nb"} {
		h.add(input)
	}
	h.setOutput(2, "out")
	for name, c := range map[string]struct {
		ask  message.History
		want []int
	}{
		"tail":                   {message.History{Access: "tail", N: 2}, []int{3, 4}},
		"tail beyond the start":  {message.History{Access: "tail", N: 9}, []int{1, 2, 3, 4}},
		"tail without a limit":   {message.History{Access: "tail"}, []int{1, 2, 3, 4}},
		"range":                  {message.History{Access: "range", Start: 2, Stop: 4}, []int{2, 3}},
		"range to the end":       {message.History{Access: "range", Start: 3}, []int{3, 4}},
		"range by number":        {message.History{Access: "range", Session: 1, Start: 1, Stop: 2}, []int{1}},
		"range of another":       {message.History{Access: "range", Session: -1, Start: 1}, nil},
		"range that is empty":    {message.History{Access: "range", Start: 9, Stop: 2}, nil},
		"search":                 {message.History{Access: "search", Pattern: "b*"}, []int{2, 3}},
		"search in the middle":   {message.History{Access: "search", Pattern: "*a*b"}, []int{4}},
		"search with brackets":   {message.History{Access: "search", Pattern: "*[?]"}, []int{1}},
		"search unique":          {message.History{Access: "search", Pattern: "b?c", Unique: true}, []int{3}},
		"search the newest":      {message.History{Access: "search", Pattern: "*", N: 1}, []int{4}},
		"search without pattern": {message.History{Access: "search"}, []int{1, 2, 3, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []int
			for _, e := range h.find(c.ask) {
				got = append(got, e[1].(int))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	got := h.find(message.History{Access: "range", Start: 2, Stop: 3, Output: true})
	if want := [][3]any{{thisSession, 2, [2]string{"b/c", "out"}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("with output: got %v, want %v", got, want)
	}
	if got := (&history{}).find(message.History{Access: "tail"}); got == nil || len(got) != 0 {
		t.Errorf("of nothing: got %v, want an empty list", got)
	}
}
