package registry

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/store/survey"
)

// As of a decision, a node proves the same for ever, and all nodes the same but
// for themselves as witness.
func TestReceiptsAsOfADecisionStay(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ids := c.prepare(30)
		ctx := context.Background()
		otv, sw := c.node("otv"), c.node("sw")
		first, err := otv.Claim(ctx, survey.Request{ID: "first"}, "2022-23", ids[:5])
		if err != nil {
			t.Fatal(err)
		}
		last, err := otv.Claim(ctx, survey.Request{ID: "last"}, "2022-23", ids[5:6])
		if err != nil {
			t.Fatal(err)
		}
		number, at := first[2].Number, last[0].Number
		receipt := func(r *Registry) string {
			t.Helper()
			if _, err := r.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
				t.Fatal(err)
			}
			text, err := r.ReceiptAt(ctx, number, at)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := receipt.Verify(text, keysOf(c)); err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		before, other := receipt(sw), receipt(otv)
		if _, err := otv.Claim(ctx, survey.Request{ID: "more"}, "2022-23", ids[6:]); err != nil {
			t.Fatal(err)
		}
		if receipt(sw) != before {
			t.Error("later decisions changed it")
		}
		c.stop("sw")
		sw = c.start("sw")
		c.leader()
		if receipt(sw) != before {
			t.Error("a restart changed it")
		}
		if before == other || !reflect.DeepEqual(unwitnessed(t, before), unwitnessed(t, other)) {
			t.Errorf("two witnesses say\n%s\n%s", before, other)
		}
		if newest, err := sw.ReceiptOf(ctx, number); err != nil || string(newest) == before {
			t.Errorf("a receipt of now is of the same tree: %v", err)
		}
		if _, err := sw.ReceiptAt(ctx, at, number); !errors.Is(err, survey.ErrInvalid) {
			t.Errorf("as of an earlier one: %v", err)
		}
		for _, bad := range [][2]uint64{{0, at}, {number, 9999}, {1, at}} {
			if _, err := sw.ReceiptAt(ctx, bad[0], bad[1]); !errors.Is(err, survey.ErrNotFound) {
				t.Errorf("number %d as of %d: %v", bad[0], bad[1], err)
			}
		}
	})
}

// unwitnessed is what a receipt says, but for who says that the tree is so.
func unwitnessed(t *testing.T, text string) (out map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"witness", "witness_key", "checkpoint"} {
		delete(out, field)
	}
	return out
}
