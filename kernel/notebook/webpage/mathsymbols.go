package webpage

// The names that TeX gives to characters.

var letters = map[string]string{
	"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
	"theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
	"rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
	"Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
	"Omega": "Ω", "ell": "ℓ", "partial": "∂", "nabla": "∇", "infty": "∞", "hbar": "ℏ", "emptyset": "∅", "dots": "…",
	"ldots": "…", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱", "prime": "′", "top": "⊤", "Re": "ℜ", "Im": "ℑ",
}

var operators = map[string]string{
	"cdot": "⋅", "times": "×", "div": "÷", "pm": "±", "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘", "odot": "⊙", "oplus": "⊕",
	"otimes": "⊗", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼",
	"propto": "∝", "ll": "≪", "gg": "≫", "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩",
	"setminus": "∖", "forall": "∀", "exists": "∃", "neg": "¬", "land": "∧", "lor": "∨", "wedge": "∧", "vee": "∨",
	"to": "→", "rightarrow": "→", "leftarrow": "←", "gets": "←", "Rightarrow": "⇒", "Leftarrow": "⇐", "leftrightarrow": "↔",
	"Leftrightarrow": "⇔", "iff": "⟺", "implies": "⟹", "mapsto": "↦", "mid": "∣", "parallel": "∥", "perp": "⊥", "colon": ":",
	"{": "{", "}": "}", "%": "%", "$": "$", "&": "&", "#": "#", "_": "_", "|": "‖", "lVert": "‖", "rVert": "‖", "Vert": "‖",
	"lvert": "|", "rvert": "|", "vert": "|", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
	"lbrace": "{", "rbrace": "}", "backslash": "\\",
}

// bigOperators carry their limits below and above.
var bigOperators = map[string]string{
	`\sum`: "∑", `\prod`: "∏", `\int`: "∫", `\iint`: "∬", `\oint`: "∮", `\bigcup`: "⋃", `\bigcap`: "⋂", `\bigoplus`: "⨁",
}

var functions = map[string]bool{
	"log": true, "ln": true, "exp": true, "sin": true, "cos": true, "tan": true, "tanh": true, "sinh": true, "cosh": true,
	"arcsin": true, "arccos": true, "arctan": true, "det": true, "dim": true, "ker": true, "deg": true, "gcd": true,
}

// limitFunctions carry what they range over below.
var limitFunctions = map[string]bool{"max": true, "min": true, "lim": true, "sup": true, "inf": true, "argmax": true, "argmin": true}

var accents = map[string]string{
	"hat": "^", "widehat": "^", "bar": "¯", "overline": "¯", "tilde": "~", "widetilde": "~", "vec": "→", "dot": "˙", "ddot": "¨",
}

var spaces = map[string]string{
	",": "0.1667em", ":": "0.2222em", ";": "0.2778em", " ": "0.25em", "quad": "1em", "qquad": "2em",
}

// alphabet returns the letter of a mathematical alphabet in Unicode that stands for r, or r if
// there is none.
func alphabet(name string, r rune) rune {
	upper, lower, digit := rune(0), rune(0), rune(0)
	switch name {
	case "mathbf", "boldsymbol", "bm":
		upper, lower, digit = '𝐀', '𝐚', '𝟎'
		if r >= 'α' && r <= 'ω' {
			return '𝛂' + r - 'α'
		}
	case "mathbb":
		if s, ok := map[rune]rune{'C': 'ℂ', 'H': 'ℍ', 'N': 'ℕ', 'P': 'ℙ', 'Q': 'ℚ', 'R': 'ℝ', 'Z': 'ℤ'}[r]; ok {
			return s
		}
		upper, lower, digit = '𝔸', '𝕒', '𝟘'
	case "mathcal":
		if s, ok := map[rune]rune{'B': 'ℬ', 'E': 'ℰ', 'F': 'ℱ', 'H': 'ℋ', 'I': 'ℐ', 'L': 'ℒ', 'M': 'ℳ', 'R': 'ℛ', 'e': 'ℯ', 'g': 'ℊ', 'o': 'ℴ'}[r]; ok {
			return s
		}
		upper, lower = '𝒜', '𝒶'
	}
	switch {
	case r >= 'A' && r <= 'Z' && upper > 0:
		return upper + r - 'A'
	case r >= 'a' && r <= 'z' && lower > 0:
		return lower + r - 'a'
	case r >= '0' && r <= '9' && digit > 0:
		return digit + r - '0'
	}
	return r
}
