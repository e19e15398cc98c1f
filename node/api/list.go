package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"

	"github.com/ahsn-network/tracker/store/survey"
)

// Paging selects one page of a list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"512" doc:"next of the page before; empty for the first page"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The page has at most this many items"`
}

// Page is one page of a list. Next is the cursor of the page that follows,
// empty on the last.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next"`
}

const (
	cursorSumBytes = 8
	maxCursorKey   = 300 // bytes of the place in the list
)

// encodeCursor wraps the place after which a list goes on. The checksum binds
// it to the list and its filters. It is no secret: a cursor only says where to
// go on in a list that the caller may read anyway. So cursors are valid after a
// restart of the node, and at other nodes.
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

	// Strict decoding: two texts must not stand for the same cursor.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) <= cursorSumBytes || len(raw) > cursorSumBytes+maxCursorKey {
		return "", newProblem(codeBadCursor, "")
	}

	after := string(raw[cursorSumBytes:])
	if !bytes.Equal(raw[:cursorSumBytes], cursorSum(list, after)) {
		return "", newProblem(codeBadCursor, "")
	}
	return after, nil
}

func cursorSum(list, after string) []byte {
	sum := sha256.Sum256([]byte("tracker-cursor/1\n" + list + "\n" + after))
	return sum[:cursorSumBytes]
}

// page makes a page whose list of items is never null.
func page[T any](list string, items []T, after string) Page[T] {
	if items == nil {
		items = []T{}
	}
	return Page[T]{Items: items, Next: encodeCursor(list, after)}
}

// wholePage reads a list about one cycle that has a single page.
func wholePage[T any](list string, path CyclePath, read func(survey.Cycle) ([]T, error)) (Page[T], error) {
	cycle, err := path.parse()
	if err != nil {
		return Page[T]{}, err
	}

	items, err := read(cycle)
	if err != nil {
		return Page[T]{}, err
	}
	return page(list, items, ""), nil
}

// campaignLists reads lists that belong to a campaign.
type campaignLists struct {
	replica   Replica
	campaigns campaignFinder
}

// campaignPage reads one page of such a list. The error wraps
// survey.ErrNotFound if the cycle has no campaign.
func campaignPage[T any](
	ctx context.Context, c campaignLists, cycle survey.Cycle, list string, paging Paging, freshness Freshness,
	read func(after string, limit int) (items []T, next string),
) (ReadHeaders, Page[T], error) {
	after, err := decodeCursor(list, paging.Cursor)
	if err != nil {
		return ReadHeaders{}, Page[T]{}, err
	}
	headers, err := freshness.await(ctx, c.replica)
	if err != nil {
		return ReadHeaders{}, Page[T]{}, err
	}

	// Without this, a cycle without a campaign would look like an empty list.
	if _, err := c.campaigns.Campaign(cycle); err != nil {
		return ReadHeaders{}, Page[T]{}, err
	}
	items, next := read(after, paging.Limit)
	return headers, page(list, items, next), nil
}
