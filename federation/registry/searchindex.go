package registry

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// SearchOrganisations returns up to limit organisations by their names, former
// names and identifiers, closest first: those that have every word of the text,
// whole or as a part, then those that are a few typing errors away from it.
// Numbers match without the leading zeros that spreadsheets lose, but never by
// resemblance: another number is another company. It waits for nobody.
func (r *Registry) SearchOrganisations(text string, limit int) []survey.OrganisationMatch {
	return r.search.Search(r.machine.current.Load(), text, limit)
}

// DuplicatesOf returns up to five organisations that may be this one, by its
// name and theirs, the likeliest first. Nothing is decided by it.
func (r *Registry) DuplicatesOf(o survey.Organisation) []survey.PossibleDuplicate {
	return r.search.DuplicatesOf(r.machine.current.Load(), o)
}

// indexPause lies between two updates of the index.
const indexPause = time.Second

// keepIndex brings the index up to date soon after each change, until Close, so that the first
// search after an import or a start is fast.
func (r *Registry) keepIndex(ctx context.Context) {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return
		}

		// Taken before the update, so that no change is missed.
		_, changed := r.machine.number.now()
		r.search.Follow(r.machine.current.Load())
		select {
		case <-changed:
			pause.Reset(indexPause)
		case <-ctx.Done():
			return
		}
	}
}
