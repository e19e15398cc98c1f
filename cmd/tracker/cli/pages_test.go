package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestPagesGoToTheEnd(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("cursor") {
		case "":
			fmt.Fprint(w, `{"items":[{"cycle":"2021-22"},{"cycle":"2022-23"}],"next":"x"}`)
		case "x":
			fmt.Fprint(w, `{"items":[{"cycle":"2023-24"}],"next":""}`)
		}
	}))
	defer server.Close()
	for limit, want := range map[int]int{0: 3, 2: 2, 3: 3} {
		found, raw, err := Pages[survey.Campaign](context.Background(), clientOf(t, server.URL, ""), "/campaigns", nil, limit)
		if err != nil || len(found) != want || len(raw) != want {
			t.Errorf("limit %d: %d items, %v", limit, len(found), err)
		}
	}
}
