package magic

import _ "embed"

// HelpText is what %help shows, in Markdown.
//
//go:embed help.md
var HelpText string
