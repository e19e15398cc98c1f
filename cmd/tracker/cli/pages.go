package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/ahsn-network/tracker/node/api"
)

// PageSize is the most that the API gives on one page.
const PageSize = 1000

// Pages reads a list to its end, or to limit items if that is not 0.
func Pages[T any](ctx context.Context, cl *Client, path string, query url.Values, limit int) ([]T, []json.RawMessage, error) {
	if query == nil {
		query = url.Values{}
	}
	items, raw := []T{}, []json.RawMessage{}
	for {
		size := PageSize
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		query.Set("limit", fmt.Sprint(size))
		r, err := cl.Get(ctx, path, query)
		if err != nil {
			return nil, nil, err
		}
		var page api.Page[json.RawMessage]
		if err := r.Into(&page); err != nil {
			return nil, nil, err
		}
		for _, text := range page.Items {
			var item T
			if err := (Reply{Body: text}).Into(&item); err != nil {
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

// ItemsJSON is a whole list as the API would give it on one page.
func ItemsJSON(raw []json.RawMessage) any {
	return map[string]any{"items": raw, "next": ""}
}
