package intake

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
)

// numbered returns n rows, and then the error if there is one.
func numbered(n int, end error) iter.Seq2[sheet.Row, error] {
	return func(yield func(sheet.Row, error) bool) {
		for i := range n {
			if !yield(sheet.Row{Number: i}, nil) {
				return
			}
		}
		if end != nil {
			yield(sheet.Row{}, end)
		}
	}
}

func TestRowsComeInTheListsOrder(t *testing.T) {
	broken := errors.New("broken")
	for _, n := range []int{0, 1, chunkRows - 1, chunkRows, chunkRows + 1, 10*chunkRows + 7} {
		for _, end := range []error{nil, broken} {
			next := 0
			var last error
			take := func(row sheet.Row) (store.ImportRow, []sheet.Problem) {
				return store.ImportRow{Row: 2 * row.Number}, nil
			}
			for r, err := range parseRows(t.Context(), numbered(n, end), take) {
				if last = err; err != nil {
					break
				}
				if r.row.Number != next || r.imported.Row != 2*next {
					t.Fatalf("row %d of %d: %+v", next, n, r)
				}
				next++
			}
			if next != n || !errors.Is(last, end) {
				t.Errorf("%d of %d rows, %v", next, n, last)
			}
		}
	}
}

// A cancelled list never looks like a shorter one.
func TestAListThatIsGivenUpSaysSo(t *testing.T) {
	for _, after := range []int{0, 1, chunkRows, 5 * chunkRows} {
		ctx, cancel := context.WithCancel(t.Context())
		rows, last := 0, error(nil)
		take := func(row sheet.Row) (store.ImportRow, []sheet.Problem) {
			if row.Number == after {
				cancel()
			}
			return store.ImportRow{}, nil
		}
		for _, err := range parseRows(ctx, numbered(100*chunkRows, nil), take) {
			if last = err; err == nil {
				rows++
			}
		}
		if !errors.Is(last, context.Canceled) || rows == 100*chunkRows {
			t.Errorf("given up at row %d: %d rows, %v", after, rows, last)
		}
		cancel()
	}
	for range parseRows(t.Context(), numbered(1000, nil), func(sheet.Row) (store.ImportRow, []sheet.Problem) { return store.ImportRow{}, nil }) {
		break // who asks no more waits for nobody
	}
}
