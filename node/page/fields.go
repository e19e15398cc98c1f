package page

import (
	"maps"
	"net/url"
	"slices"
)

// Field is one field of a form that was sent.
type Field struct{ Name, Value string }

// Fields returns a form's fields by name, so that the same form is written
// again with the same bytes.
func Fields(form url.Values) []Field {
	var fields []Field
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			fields = append(fields, Field{name, value})
		}
	}
	return fields
}
