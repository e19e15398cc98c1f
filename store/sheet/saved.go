package sheet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Saved is a person's own mapping of a list. Columns names the field of a column by its header; "-"
// leaves the column out. Values translates the values of a field.
//
//	columns:
//	  Firm: organisation
//	  "Q7 [SQ001]": q07.equity
//	values:
//	  channel:
//	    phone: call
type Saved struct {
	Columns map[string]string            `json:"columns,omitempty" yaml:"columns" cbor:"1,keyasint,omitempty"`
	Values  map[string]map[string]string `json:"values,omitempty" yaml:"values" cbor:"2,keyasint,omitempty"`
}

const (
	maxSavedBytes = 64 << 10
	ignore        = "-"
)

// ParseSaved reads a mapping in YAML or JSON. It returns an error for unknown keys.
func ParseSaved(text []byte) (Saved, error) {
	var saved Saved
	if len(text) > maxSavedBytes {
		return saved, fmt.Errorf("%w: a mapping may have %d bytes", ErrLimit, maxSavedBytes)
	}

	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&saved); err != nil && !errors.Is(err, io.EOF) {
		return Saved{}, fmt.Errorf("the mapping cannot be read (write it as columns: {Header: field}, "+
			"values: {field: {theirs: ours}}): %w", err)
	}
	return saved, nil
}

// Empty reports whether the mapping has no entry.
func (s Saved) Empty() bool { return len(s.Columns) == 0 && len(s.Values) == 0 }

// column returns the field that the mapping names for a header.
func (s Saved) column(header string) (string, bool) {
	for name, field := range s.Columns {
		if foldHeader(name) == foldHeader(header) {
			return strings.TrimSpace(field), true
		}
	}
	return "", false
}

// Rename returns the header with the mapping's names in place of the list's. Columns to leave out
// become "". It returns an error for a mapping that names a column which the list does not have.
func (s Saved) Rename(header []string) ([]string, error) {
	if err := s.check(header); err != nil {
		return nil, err
	}

	renamed := slices.Clone(header)
	for i, name := range header {
		if field, ok := s.column(name); ok {
			renamed[i] = strings.TrimSuffix(field, ignore)
		}
	}
	return renamed, nil
}

// check refuses a mapping that names columns which the list does not have.
func (s Saved) check(header []string) error {
	var names []string
	for name := range s.Columns {
		if !slices.ContainsFunc(header, func(h string) bool { return foldHeader(h) == foldHeader(name) }) {
			names = append(names, name)
		}
	}

	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("the mapping names columns that the list does not have: %s (its columns are %s)",
		quoteAll(names), quoteAll(header))
}

// value translates a cell of a field.
func (s Saved) value(field, text string) string {
	for theirs, ours := range s.Values[field] {
		if strings.EqualFold(strings.TrimSpace(theirs), text) {
			return ours
		}
	}
	return text
}

// Shape identifies the columns of a list, whatever their order. Lists of one shape are read with
// the same mapping.
func Shape(header []string) string {
	folded := make([]string, len(header))
	for i, name := range header {
		folded[i] = foldHeader(name)
	}
	slices.Sort(folded)

	sum := sha256.Sum256([]byte(strings.Join(folded, "\n")))
	return hex.EncodeToString(sum[:12])
}

// Unescape removes the apostrophe that Escape put before a text that a spreadsheet would take for a
// formula.
func Unescape(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && Escape(rest) == cell {
		return rest
	}
	return cell
}
