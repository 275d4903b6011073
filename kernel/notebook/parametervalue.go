package notebook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"strconv"
	"strings"
	"time"
)

// scalar is how values of one type are read and written as Go. what names them in an error.
type scalar struct {
	what    string
	literal func(s string) (string, error)
}

var scalars = map[string]scalar{
	"string":        {"text", func(s string) (string, error) { return strconv.Quote(s), nil }},
	"bool":          {"true or false", boolean},
	"time.Duration": {"a duration such as 1h30m or 250ms", duration},
	"float64":       {"a number", floating(64)},
	"float32":       {"a number", floating(32)},
	"rune":          {"one character", character},
	"int":           {"a whole number", signed(strconv.IntSize)},
	"int8":          {"a whole number from -128 to 127", signed(8)},
	"int16":         {"a whole number of 16 bits", signed(16)},
	"int32":         {"a whole number of 32 bits", signed(32)},
	"int64":         {"a whole number", signed(64)},
	"uint":          {"a whole number, not negative", unsigned(strconv.IntSize)},
	"uint8":         {"a whole number from 0 to 255", unsigned(8)},
	"byte":          {"a whole number from 0 to 255", unsigned(8)},
	"uint16":        {"a whole number from 0 to 65535", unsigned(16)},
	"uint32":        {"a whole number of 32 bits, not negative", unsigned(32)},
	"uint64":        {"a whole number, not negative", unsigned(64)},
}

// known says whether values of the type can be read.
func known(typ string) bool {
	_, ok := scalars[strings.TrimPrefix(typ, "[]")]
	return ok
}

// goValue turns what the user wrote into a Go expression of the type. Lists are written with commas
// ("1,2,3"; empty for none) or as Go writes them ("[]int{1, 2, 3}").
func goValue(typ, s string) (string, error) {
	if sc, ok := scalars[typ]; ok {
		lit, err := sc.literal(s)
		if err != nil {
			return "", fmt.Errorf("expected %s (%s). Got %q", sc.what, typ, s)
		}
		return lit, nil
	}
	elem, isList := strings.CutPrefix(typ, "[]")
	sc, ok := scalars[elem]
	if !isList || !ok {
		if typ == "" {
			typ = "a type that its declaration does not tell"
		}
		return "", fmt.Errorf("expected numbers, text, true/false, durations, or lists of them. Got %s, which cannot be set from outside", typ)
	}
	if strings.HasPrefix(strings.TrimSpace(s), "[]") {
		e, err := parser.ParseExpr(s)
		lit, isLit := e.(*ast.CompositeLit)
		if err != nil || !isLit || source(lit.Type) != typ {
			return "", fmt.Errorf("expected %s{...}. Got %q", typ, s)
		}
		return source(e), nil
	}
	var elems []string
	if s != "" {
		for i, part := range strings.Split(s, ",") {
			if elem != "string" {
				part = strings.TrimSpace(part)
			}
			lit, err := sc.literal(part)
			if err != nil {
				return "", fmt.Errorf("expected %s (%s) as item %d of a list with commas. Got %q", sc.what, elem, i+1, part)
			}
			elems = append(elems, lit)
		}
	}
	return typ + "{" + strings.Join(elems, ", ") + "}", nil
}

func boolean(s string) (string, error) {
	b, err := strconv.ParseBool(strings.ToLower(s))
	return strconv.FormatBool(b), err
}

func signed(bits int) func(string) (string, error) {
	return func(s string) (string, error) {
		n, err := strconv.ParseInt(s, 0, bits)
		return strconv.FormatInt(n, 10), err
	}
}

func unsigned(bits int) func(string) (string, error) {
	return func(s string) (string, error) {
		n, err := strconv.ParseUint(s, 0, bits)
		return strconv.FormatUint(n, 10), err
	}
}

// floating keeps the value a floating-point one where the declaration leaves the type to the
// literal.
func floating(bits int) func(string) (string, error) {
	return func(s string) (string, error) {
		x, err := strconv.ParseFloat(s, bits)
		if err != nil || x-x != 0 { // infinities and NaN have no literal
			return "", strconv.ErrRange
		}
		lit := strconv.FormatFloat(x, 'g', -1, bits)
		if !strings.ContainsAny(lit, ".e") {
			lit += ".0"
		}
		return lit, nil
	}
}

func character(s string) (string, error) {
	if r := []rune(s); len(r) == 1 {
		return strconv.QuoteRune(r[0]), nil
	}
	return "", strconv.ErrSyntax
}

// unit is a constant of package time.
type unit struct {
	d    time.Duration
	name string
}

var durations = []unit{
	{time.Hour, "Hour"}, {time.Minute, "Minute"}, {time.Second, "Second"},
	{time.Millisecond, "Millisecond"}, {time.Microsecond, "Microsecond"}, {time.Nanosecond, "Nanosecond"},
}

// duration writes a duration as a multiple of the largest unit that fits.
func duration(s string) (string, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return "", err
	}
	for _, u := range durations {
		if d%u.d == 0 && d != 0 {
			return fmt.Sprintf("%d * time.%s", d/u.d, u.name), nil
		}
	}
	return "time.Duration(0)", nil
}
