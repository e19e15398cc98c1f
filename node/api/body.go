package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/store/survey"
)

// Limits on a JSON body beside its size: encoding/json itself bounds neither,
// and a small body can unfold into a large tree.
const (
	maxJSONDepth  = 32
	maxJSONTokens = 400_000 // 5,000 organisations with every field take 200,000
)

var (
	errJSON      = errors.New("not valid JSON")
	errJSONUTF8  = errors.New("not valid UTF-8")
	errJSONDepth = fmt.Errorf("nested deeper than %d levels", maxJSONDepth)
	errJSONSize  = fmt.Errorf("more than %d names and values", maxJSONTokens)
	errJSONTwice = errors.New("a name occurs twice in one object")
	errJSONNul   = errors.New("a text holds the character NUL")
	errJSONTail  = errors.New("something follows the JSON value")
)

// jsonFormat returns JSON as this API reads and writes it. huma reads each body
// twice, first into any to compare it with the schema: the strict checks run on
// that first pass.
func jsonFormat() huma.Format {
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			enc := json.NewEncoder(w)
			enc.SetEscapeHTML(true) // names come from peers, and a browser may be the reader
			return enc.Encode(v)
		},
		Unmarshal: func(data []byte, v any) error {
			// Only the first pass reads into any: see above.
			if _, first := v.(*any); first {
				if err := checkJSON(data); err != nil {
					return err
				}
			}
			return wordless(json.Unmarshal(data, v))
		},
	}
}

// wordless replaces encoding/json's errors, since they repeat values of the
// request, with ones that name the expected form.
func wordless(err error) error {
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind) && kind.Field != "":
		field := survey.Clip(kind.Field, maxFieldName)
		return fmt.Errorf("%s does not fit: expected a value of another type or range", field)
	}
	return errJSON
}

// object is one JSON object or array that is still open.
type object struct {
	names map[string]bool // nil for an array
	name  bool            // the next token is a name
}

// checkJSON refuses bodies that encoding/json accepts: names that occur twice
// (also in another case, since Go matches names in any case), deep nesting,
// invalid UTF-8, NUL characters and text after the value. Memory is bounded by
// maxJSONTokens.
func checkJSON(data []byte) error {
	if !utf8.Valid(data) {
		return errJSONUTF8
	}

	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var open []*object
	for count := 0; ; count++ {
		if count > maxJSONTokens {
			return errJSONSize
		}
		token, err := dec.Token()
		if err != nil {
			return errJSON
		}
		if open, err = step(open, token); err != nil {
			return err
		}
		if len(open) == 0 {
			break
		}
	}

	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errJSONTail
	}
	return nil
}

// step takes one token and returns the objects and arrays that are open after
// it.
func step(open []*object, token json.Token) ([]*object, error) {
	var in *object
	if len(open) > 0 {
		in = open[len(open)-1]
	}

	text, isText := token.(string)
	if isText && strings.ContainsRune(text, 0) {
		return nil, errJSONNul
	}

	if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
		return open[:len(open)-1], nil
	}

	// Inside an object, names and values alternate.
	if in != nil && in.names != nil {
		if in.name {
			folded := strings.ToLower(text)
			if in.names[folded] {
				return nil, errJSONTwice
			}
			in.names[folded], in.name = true, false
			return open, nil
		}
		in.name = true
	}

	switch token {
	case json.Delim('{'):
		open = append(open, &object{names: map[string]bool{}, name: true})
	case json.Delim('['):
		open = append(open, &object{})
	}
	if len(open) > maxJSONDepth {
		return nil, errJSONDepth
	}
	return open, nil
}
