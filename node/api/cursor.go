package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
)

// Paging selects one page of a list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"512" doc:"next of the page before; empty for the first page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most items of the page"`
}

// Page is one page of a list. Next is the cursor of the page that follows,
// empty on the last.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next"`
}

const (
	cursorCheck  = 8   // bytes of the check sum
	maxCursorKey = 300 // bytes of the place in the list
)

// encodeCursor wraps the place after which a list goes on. The check sum binds
// it to the list and its filters. It is no secret: a cursor only says where to
// go on in a list that the caller may read anyway. So cursors stay good when
// the node restarts, and at other nodes.
func encodeCursor(list, after string) string {
	if after == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(cursorSum(list, after), after...))
}

// decodeCursor returns the place in the list, or the problem bad-cursor for
// anything that encodeCursor did not make for this list.
func decodeCursor(list, cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) <= cursorCheck || len(raw) > cursorCheck+maxCursorKey {
		return "", newProblem(codeBadCursor, "")
	}
	after := string(raw[cursorCheck:])
	if !bytes.Equal(raw[:cursorCheck], cursorSum(list, after)) {
		return "", newProblem(codeBadCursor, "")
	}
	return after, nil
}

func cursorSum(list, after string) []byte {
	sum := sha256.Sum256([]byte("tracker-cursor/1\n" + list + "\n" + after))
	return sum[:cursorCheck]
}

// page makes a page with at least an empty list of items.
func page[T any](list string, items []T, after string) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{Items: items, Next: encodeCursor(list, after)}
}
