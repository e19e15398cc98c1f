package cli

import (
	"context"
	"fmt"
	"net/url"

	"github.com/ahsn-network/tracker/node/api"
)

// List is what a list verb reads, and how it shows it.
type List[T any] struct {
	Doing  string // begins the error of a node that refuses, "" for none
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
	r, err := c.Read(ctx, l.Doing, l.Path, l.Query)
	if err != nil {
		return err
	}
	var page api.Page[T]
	if err := r.Into(&page); err != nil {
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
