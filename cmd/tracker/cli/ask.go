package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/ahsn-network/tracker/node/api"
)

// Read connects and reads one document. An error of the node begins with doing,
// unless that is empty.
func (c *Invocation) Read(ctx context.Context, doing, path string, query url.Values) (Reply, error) {
	return c.ask(doing, func(cl *Client) (Reply, error) { return cl.Get(ctx, path, query) })
}

// Send connects and asks for one change. doing is as for Read.
func (c *Invocation) Send(ctx context.Context, doing, path string, body any) (Reply, error) {
	return c.ask(doing, func(cl *Client) (Reply, error) { return cl.Post(ctx, path, body) })
}

// Replace connects and makes a change by another method than POST.
// doing is as for Read.
func (c *Invocation) Replace(ctx context.Context, doing, method, path string, body any) (Reply, error) {
	return c.ask(doing, func(cl *Client) (Reply, error) { return cl.Change(ctx, method, path, body, cl.NextKey()) })
}

func (c *Invocation) ask(doing string, request func(*Client) (Reply, error)) (Reply, error) {
	cl, err := c.Connect()
	if err != nil {
		return Reply{}, err
	}
	r, err := request(cl)
	if err != nil && doing != "" {
		return r, fmt.Errorf("%s: %w", doing, err)
	}
	return r, err
}

// Decoded takes the results of a request. It returns the reply's body as a T, and
// the reply. It returns the request's error unchanged.
func Decoded[T any](r Reply, err error) (T, Reply, error) {
	var v T
	if err == nil {
		err = r.Into(&v)
	}
	return v, r, err
}

// Query returns a query of names and values in turn, without those whose value
// is empty.
func Query(pairs ...string) url.Values {
	query := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			query.Set(pair[0], pair[1])
		}
	}
	return query
}

// True is "true" or "", for Query.
func True(given bool) string {
	if given {
		return "true"
	}
	return ""
}

// PageSize is the most items that the API gives on one page.
const PageSize = 1000

// Pages reads a list to its end, or to limit items if that is not 0. It returns
// the items decoded, and as the node sent them.
func Pages[T any](ctx context.Context, cl *Client, path string, query url.Values, limit int) (
	items []T, raw []json.RawMessage, err error) {
	if query == nil {
		query = url.Values{}
	}

	items, raw = []T{}, []json.RawMessage{} // not nil: an empty list is [] in JSON
	for {
		size := PageSize
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		query.Set("limit", fmt.Sprint(size))
		page, _, err := Decoded[api.Page[json.RawMessage]](cl.Get(ctx, path, query))
		if err != nil {
			return nil, nil, err
		}

		for _, text := range page.Items {
			item, _, err := Decoded[T](Reply{Body: text}, nil)
			if err != nil {
				return nil, nil, err
			}
			items, raw = append(items, item), append(raw, text)
		}

		// An empty page ends the list too, so that a node's fault cannot keep this going.
		if page.Next == "" || len(page.Items) == 0 || limit > 0 && len(items) >= limit {
			return items, raw, nil
		}
		query.Set("cursor", page.Next)
	}
}

// ItemsJSON returns a whole list in the form of one page of the API.
func ItemsJSON(raw []json.RawMessage) any {
	return map[string]any{"items": raw, "next": ""}
}

// List says what a list verb reads, and how it shows it.
type List[T any] struct {
	Doing  string // begins the error of a node that refuses, unless it is empty
	Path   string
	Query  url.Values
	Limit  int // most items, 0 for all
	Header []string
	Right  []int // as of a Table
	Row    func(T) []string
	Empty  string // what to do next when there are no items
}

// Print reads the list to its end and prints it.
func (l List[T]) Print(ctx context.Context, c *Invocation, out Format) error {
	cl, err := c.Connect()
	if err != nil {
		return err
	}
	found, raw, err := Pages[T](ctx, cl, l.Path, l.Query, l.Limit)
	if err != nil && l.Doing != "" {
		return fmt.Errorf("%s: %w", l.Doing, err)
	}
	if err != nil {
		return err
	}
	return c.Print(out, ItemsJSON(raw), l.table(found), l.Empty)
}

// PrintPage prints a list that the node gives on one page.
func (l List[T]) PrintPage(ctx context.Context, c *Invocation, out Format) error {
	page, r, err := Decoded[api.Page[T]](c.Read(ctx, l.Doing, l.Path, l.Query))
	if err != nil {
		return err
	}
	return c.Print(out, r.Body, l.table(page.Items), l.Empty)
}

func (l List[T]) table(items []T) Table {
	t := Table{Header: l.Header, Right: l.Right}
	for _, item := range items {
		t.Add(l.Row(item)...)
	}
	return t
}
