package exec

// Completions answers "what could stand at the cursor?".
type Completions struct {
	// Start and End enclose the part of the text that an item takes the place of, in Unicode code
	// points.
	Start, End int
	// Items are the candidates, best first.
	Items []Completion
}

// Completion is one candidate.
type Completion struct {
	// Text is what stands between Start and End when the candidate is chosen.
	Text string
	// Kind is "function", "method", "instance" (a variable), "property" (a field), "constant",
	// "class" (a type), "module" (a package), "keyword", "magic" or "path": the words for which
	// front ends have pictures, where they have.
	Kind string
	// Detail is the candidate's signature or type as Go writes it, in one line; empty where there
	// is none.
	Detail string
	// Doc is the first sentence of what is written about the candidate; empty where nothing is
	// known.
	Doc string
}

// Inspection answers "what is this?".
type Inspection struct {
	// Found says whether there is anything to tell.
	Found bool
	// Data tells it as text/plain (with ANSI colours) and as text/markdown.
	Data Bundle
}
