package cli

import (
	"context"
	"fmt"
	"net/url"
)

// Read connects and reads one document. doing begins the error of a node that
// refuses, "" for none.
func (c *Invocation) Read(ctx context.Context, doing, path string, query url.Values) (Reply, error) {
	return c.ask(doing, func(cl *Client) (Reply, error) { return cl.Get(ctx, path, query) })
}

// Send connects and asks for one change; doing is as for Read.
func (c *Invocation) Send(ctx context.Context, doing, path string, body any) (Reply, error) {
	return c.ask(doing, func(cl *Client) (Reply, error) { return cl.Post(ctx, path, body) })
}

// Replace connects and changes what is at the path by another method than POST;
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
