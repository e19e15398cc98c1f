package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/ahsn-network/tracker/node/api"
)

// pageSize is the most that the API gives on one page.
const pageSize = 1000

// pages reads a list to its end, or to limit items if that is not 0.
func pages[T any](ctx context.Context, cl *client, path string, query url.Values, limit int) ([]T, []json.RawMessage, error) {
	if query == nil {
		query = url.Values{}
	}
	items, raw := []T{}, []json.RawMessage{}
	for {
		size := pageSize
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		query.Set("limit", fmt.Sprint(size))
		r, err := cl.get(ctx, path, query)
		if err != nil {
			return nil, nil, err
		}
		var page api.Page[json.RawMessage]
		if err := r.into(&page); err != nil {
			return nil, nil, err
		}
		for _, text := range page.Items {
			var item T
			if err := (reply{body: text}).into(&item); err != nil {
				return nil, nil, err
			}
			items, raw = append(items, item), append(raw, text)
		}
		if page.Next == "" || len(page.Items) == 0 || limit > 0 && len(items) >= limit {
			return items, raw, nil
		}
		query.Set("cursor", page.Next)
	}
}

// itemsJSON is a whole list as the API would give it on one page.
func itemsJSON(raw []json.RawMessage) any {
	return map[string]any{"items": raw, "next": ""}
}
