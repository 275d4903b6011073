package advice

import "go/ast"

// gophernotes are the names by which notebooks for gophernotes show something, and what shows the
// same here. There display is a package of that kernel's own, and its functions take one argument.
var gophernotes = map[string]string{
	"Display": "display.Show(x)",
	"Data":    "display.Bundle",

	"display.Any":        "display.Bundle{mime: data}",
	"display.Auto":       "display.Of(x)",
	"display.Data":       "display.Bundle",
	"display.File":       "os.ReadFile and display.Bundle{mime: data}",
	"display.GIF":        `display.Bundle{"image/gif": base64.StdEncoding.EncodeToString(b)}`,
	"display.HTML":       `display.HTML(html, "")`,
	"display.JPEG":       `display.Bundle{"image/jpeg": base64.StdEncoding.EncodeToString(b)}`,
	"display.JavaScript": `display.Bundle{"application/javascript": s}`,
	"display.Latex":      `display.Bundle{"text/latex": s}`,
	"display.LaTeX":      `display.Bundle{"text/latex": s}`,
	"display.Math":       `display.Markdown("$$" + s + "$$")`,
	"display.MIME":       "display.Bundle{mime: data}",
	"display.MIMEMap":    "display.Bundle",
	"display.PDF":        `display.Bundle{"application/pdf": base64.StdEncoding.EncodeToString(b)}`,
	"display.PNG":        `display.PNG(b, "")`,
	"display.SVG":        `display.SVG(s, "")`,
}

// ofGophernotes says what a name of gophernotes is here; "" for any other.
func ofGophernotes(name string) string {
	if here := gophernotes[name]; here != "" {
		return "gophernotes' " + name + " is " + here + " here"
	}
	return ""
}

// calledAsIn says the same of a call.
func calledAsIn(fun ast.Expr) string {
	if s, ok := fun.(*ast.SelectorExpr); ok {
		if id, ok := s.X.(*ast.Ident); ok {
			return ofGophernotes(id.Name + "." + s.Sel.Name)
		}
	}
	return ""
}
