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
	chunkRows        = 256 // rows that one goroutine makes something of at a time
	maxWaitingChunks = 2   // such pieces on their way, for each processor
)

// parsedRow is what was made of one row.
type parsedRow struct {
	row      sheet.Row
	imported store.ImportRow
	problems []sheet.Problem
}

// chunk are some rows of a list that follow each other. Done is closed when
// something was made of all of them. Behind the last one the list ends, with an
// error if it could not be read on.
type chunk struct {
	rows []parsedRow
	last bool
	err  error
	done chan struct{}
}

// parseRows makes something of every row, on all processors, and gives the rows in
// the list's order; an error comes last. A few pieces at most are on their way.
func parseRows(ctx context.Context, rows iter.Seq2[sheet.Row, error], take rowParser) iter.Seq2[parsedRow, error] {
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
				for p := range work {
					for i := range p.rows {
						p.rows[i].imported, p.rows[i].problems = take(p.rows[i].row)
					}
					close(p.done)
				}
			})
		}
		for p := range inOrder {
			<-p.done
			for _, t := range p.rows {
				if !yield(t, nil) {
					return
				}
			}
			if p.err != nil {
				yield(parsedRow{}, p.err)
			}
			if p.last {
				return
			}
		}
		yield(parsedRow{}, context.Cause(ctx)) // it was cut off: this is not the list's end
	}
}

// readChunks reads the list in pieces. It ends with the list, or with ctx.
func readChunks(ctx context.Context, rows iter.Seq2[sheet.Row, error], work, inOrder chan<- *chunk) {
	defer close(inOrder)
	defer close(work)
	send := func(p *chunk) bool {
		select {
		case inOrder <- p:
		case <-ctx.Done():
			return false
		}
		work <- p // somebody takes it: they work until this is closed
		return true
	}
	newPiece := func() *chunk { return &chunk{rows: make([]parsedRow, 0, chunkRows), done: make(chan struct{})} }
	p := newPiece()
	for row, err := range rows {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			p.err = err
			break
		}
		p.rows = append(p.rows, parsedRow{row: row})
		if len(p.rows) == chunkRows {
			if !send(p) {
				return
			}
			p = newPiece()
		}
	}
	p.last = true
	send(p)
}
