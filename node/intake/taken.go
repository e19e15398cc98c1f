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
	rowsAtOnce  = 256 // rows that one goroutine makes something of at a time
	waitingEach = 2   // such pieces on their way, for each processor
)

// takenRow is what was made of one row.
type takenRow struct {
	row      sheet.Row
	imported store.ImportRow
	problems []sheet.Problem
}

// piece are some rows of a list that follow each other. Done is closed when
// something was made of all of them. Behind the last one the list ends, with an
// error if it could not be read on.
type piece struct {
	rows []takenRow
	last bool
	err  error
	done chan struct{}
}

// taken makes something of every row, on all processors, and gives the rows in
// the list's order; an error comes last. A few pieces at most are on their way.
func taken(ctx context.Context, rows iter.Seq2[sheet.Row, error], take taker) iter.Seq2[takenRow, error] {
	return func(yield func(takenRow, error) bool) {
		processors := runtime.GOMAXPROCS(0)
		work, inOrder := make(chan *piece), make(chan *piece, waitingEach*processors)
		reading, cancel := context.WithCancel(ctx)
		var owned sync.WaitGroup
		defer owned.Wait()
		defer cancel()
		owned.Go(func() { cut(reading, rows, work, inOrder) })
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
				yield(takenRow{}, p.err)
			}
			if p.last {
				return
			}
		}
		yield(takenRow{}, context.Cause(ctx)) // it was cut off: this is not the list's end
	}
}

// cut reads the list in pieces. It ends with the list, or with ctx.
func cut(ctx context.Context, rows iter.Seq2[sheet.Row, error], work, inOrder chan<- *piece) {
	defer close(inOrder)
	defer close(work)
	send := func(p *piece) bool {
		select {
		case inOrder <- p:
		case <-ctx.Done():
			return false
		}
		work <- p // somebody takes it: they work until this is closed
		return true
	}
	newPiece := func() *piece { return &piece{rows: make([]takenRow, 0, rowsAtOnce), done: make(chan struct{})} }
	p := newPiece()
	for row, err := range rows {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			p.err = err
			break
		}
		p.rows = append(p.rows, takenRow{row: row})
		if len(p.rows) == rowsAtOnce {
			if !send(p) {
				return
			}
			p = newPiece()
		}
	}
	p.last = true
	send(p)
}
