package intake

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
)

const (
	chunkRows        = 256 // rows that one goroutine parses before it asks for more
	maxWaitingChunks = 2   // for each processor
)

// parsedRow is a row with what it turned into.
type parsedRow struct {
	row      sheet.Row
	imported store.ImportRow
	problems []sheet.Problem
}

// chunk is a run of rows of a list. Done is closed when all of them are parsed. The last chunk has
// err set if the list could not be read on.
type chunk struct {
	rows []parsedRow
	last bool
	err  error
	done chan struct{}
}

// parseRows parses the rows on all processors and returns them in the list's order; an error comes
// last. The number of chunks in memory is bounded by maxWaitingChunks.
func parseRows(ctx context.Context, rows iter.Seq2[sheet.Row, error], parse rowParser) iter.Seq2[parsedRow, error] {
	return func(yield func(parsedRow, error) bool) {
		processors := runtime.GOMAXPROCS(0)
		work, inOrder := make(chan *chunk), make(chan *chunk, maxWaitingChunks*processors)

		reading, cancel := context.WithCancel(ctx)
		var owned sync.WaitGroup
		defer owned.Wait()
		defer cancel()

		owned.Go(func() { readChunks(reading, rows, work, inOrder) })
		for range processors {
			owned.Go(func() {
				for c := range work {
					for i := range c.rows {
						c.rows[i].imported, c.rows[i].problems = parse(c.rows[i].row)
					}
					close(c.done)
				}
			})
		}

		// The chunks come in the order in which they were read, whichever was parsed first.
		for c := range inOrder {
			<-c.done
			for _, t := range c.rows {
				if !yield(t, nil) {
					return
				}
			}
			if c.err != nil {
				yield(parsedRow{}, c.err)
			}
			if c.last {
				return
			}
		}

		// ctx ended before the list did, so the rows so far must not pass for all of it.
		yield(parsedRow{}, context.Cause(ctx))
	}
}

// readChunks reads the list in chunks until the list or ctx ends.
func readChunks(ctx context.Context, rows iter.Seq2[sheet.Row, error], work, inOrder chan<- *chunk) {
	defer close(inOrder)
	defer close(work)

	send := func(c *chunk) bool {
		select {
		case inOrder <- c:
		case <-ctx.Done():
			return false
		}
		work <- c // a parser takes it: they run until work is closed
		return true
	}

	newChunk := func() *chunk { return &chunk{rows: make([]parsedRow, 0, chunkRows), done: make(chan struct{})} }

	c := newChunk()
	for row, err := range rows {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			c.err = err
			break
		}

		c.rows = append(c.rows, parsedRow{row: row})
		if len(c.rows) == chunkRows {
			if !send(c) {
				return
			}
			c = newChunk()
		}
	}

	c.last = true
	send(c)
}
