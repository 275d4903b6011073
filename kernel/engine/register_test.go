package engine_test

import (
	"strings"
	"testing"
)

// What a cell registers when it runs again takes the place of what it registered before, where that can be.
func TestRegisteringAgain(t *testing.T) {
	n := newNotebook(t)
	t.Run("flags", func(t *testing.T) {
		cell := "import \"flag\"\nvar size = flag.Int(\"size\", 3, \"how many\")\nvar name string\nfunc init() { flag.StringVar(&name, \"name\", \"x\", \"\") }"
		n.run(cell)
		n.run(cell)
		n.run("var size = flag.Int(\"size\", 4, \"how many\")")
		n.want("%args -size=7 -name=go\nflag.Parse()\nfmt.Sprint(*size, name)", "7go")
		n.want("%% -size=9\nfmt.Println(*size, flag.Lookup(\"size\").DefValue)", "9 4")
		n.wantFailure("%% -wrong=1\nprintln()", "Panic", "flag provided but not defined: -wrong")
		n.want("name", "go") // and the session lives
		n.wantFailure("flag.Int(\"quickchecks\", 1, \"a library's\")", "Panic", "flag redefined: quickchecks")
	})
	t.Run("handlers", func(t *testing.T) {
		handler := "http.HandleFunc(\"/a\", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, WORD) })\nhttp.Handle(\"GET /b\", http.NotFoundHandler())"
		n.run("import (\"fmt\"; \"io\"; \"net/http\"; \"net/http/httptest\")\nserver := httptest.NewServer(http.DefaultServeMux)\n" +
			"func get(path string) string { r, err := http.Get(server.URL + path); if err != nil { return err.Error() }; defer r.Body.Close(); b, _ := io.ReadAll(r.Body); return fmt.Sprint(r.StatusCode, \" \", string(b)) }")
		n.run(strings.Replace(handler, "WORD", "\"one\"", 1))
		n.want("get(\"/a\")", "200 one")
		n.run(strings.Replace(handler, "WORD", "\"one\"", 1))
		n.run(strings.Replace(handler, "WORD", "\"two\"", 1))
		n.want("get(\"/a\")", "200 two")
		n.run("http.Handle(\"GET /b\", http.RedirectHandler(\"/a\", 302))")
		n.want("get(\"/b\")", "200 two")
		n.run("http.DefaultServeMux = http.NewServeMux()\nserver.Config.Handler = nil")
		n.want("get(\"/a\")", "404 404 page not found")
		n.run(strings.Replace(handler, "WORD", "\"three\"", 1))
		n.want("get(\"/a\")", "200 three")
		n.run("http.HandleFunc(\"/c/{$}\", http.NotFound)")
		if all := n.wantFailure("mux := http.NewServeMux()\nmux.HandleFunc(\"/x\", http.NotFound)\nmux.HandleFunc(\"/x\", http.NotFound)", "Panic", "conflicts with pattern"); !strings.Contains(all, "mux := http.NewServeMux()") {
			t.Errorf("no advice:\n%s", all)
		}
	})
	t.Run("expvar", func(t *testing.T) {
		cell := "import \"expvar\"\nhits := expvar.NewInt(\"hits\")\nhits.Add(2)\nsizes := expvar.NewMap(\"sizes\")\nsizes.Add(\"k\", 1)\nfmt.Sprint(hits, sizes)"
		n.want(cell, `2 {"k": 1}`)
		n.want(cell, `2 {"k": 1}`)
		n.want("expvar.NewString(\"word\").Set(\"w\")\nexpvar.Get(\"word\").String()", `"w"`)
		n.want("expvar.NewString(\"word\")\nexpvar.NewFloat(\"f\")\nexpvar.Get(\"word\").String()", `""`)
		if all := n.wantFailure("expvar.Publish(\"hits\", hits)", "Panic", "Reuse of exported var name: hits"); !strings.Contains(all, `expvar.Get("hits")`) {
			t.Errorf("no advice:\n%s", all)
		}
	})
	t.Run("gob", func(t *testing.T) {
		cell := "import \"encoding/gob\"\ntype message struct{ A int }\ngob.Register(message{})"
		n.run(cell)
		n.run(cell)
		if all := n.wantFailure("type message struct{ A, B int }\ngob.Register(message{})", "Panic", "gob: registering duplicate types"); !strings.Contains(all, "gob.RegisterName") {
			t.Errorf("no advice:\n%s", all)
		}
	})
	t.Run("drivers and formats", func(t *testing.T) {
		n.run("import (\"database/sql\"; \"database/sql/driver\"; \"image\"; \"io\")\ntype drv struct{}\nfunc (drv) Open(string) (driver.Conn, error) { return nil, nil }\nsql.Register(\"mine\", drv{})")
		if all := n.wantFailure("sql.Register(\"mine\", drv{})", "Panic", "called twice"); !strings.Contains(all, "sql.Drivers()") {
			t.Errorf("no advice:\n%s", all)
		}
		format := "image.RegisterFormat(\"mine\", \"mine\", func(io.Reader) (image.Image, error) { return nil, nil }, func(io.Reader) (image.Config, error) { return image.Config{}, nil })"
		n.run(format)
		n.run(format)
	})
}
