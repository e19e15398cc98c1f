package totals

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Records are the region's own answers: [store.Store].
type Records interface {
	// Cells returns the region's aggregates and the number of its answers.
	Cells(cycle survey.Cycle) (cells []survey.Cell, answersIn int64, err error)
	// Counted returns what each company adds to the aggregates by its answer,
	// oldest first.
	Counted(cycle survey.Cycle) ([]store.CountedItem, error)
	// CountedSince returns the changes since the mark in all that companies add.
	CountedSince(cycle survey.Cycle, mark store.Mark) (store.CountedChanges, error)
	// Measures returns cells of the region's own work.
	Measures(cycle survey.Cycle) ([]survey.Cell, error)
	// GivenOn returns the companies whose answers of the cycle other regions have.
	GivenOn(cycle survey.Cycle) (map[survey.Identifier]bool, error)
	// Cursor returns the registry number that the records follow.
	Cursor() uint64
	// Watch returns a channel that is closed at the next change of any of these.
	Watch() <-chan struct{}
}

// Registry is this node's replica of the registry: campaigns, counts and
// members. Reading it never waits for another node.
type Registry interface {
	Campaign(cycle survey.Cycle) (survey.Campaign, error)
	Campaigns() []survey.Campaign
	Counts(cycle survey.Cycle) (survey.CampaignCounts, error)
	Members() []survey.Member
	Index() uint64
	Watch() <-chan struct{}
}

// Claims are the claims and the supported companies in the same replica.
type Claims interface {
	ClaimOf(cycle survey.Cycle, id survey.Identifier) (survey.Claim, error)
	Claims(filter survey.ClaimFilter, after string, limit int) (page []survey.Claim, next string)
	Supporters(cycle survey.Cycle, id survey.Identifier) []survey.Region
}

// Revisions are the revisions of a campaign's figures in the same replica.
type Revisions interface {
	// Revisions returns them in the order in which they were opened.
	Revisions(cycle survey.Cycle) ([]survey.Revision, error)
	// SignedSummary returns the settled summary of one region in one revision, as
	// FinalSummary made it.
	SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error)
}

// Options of Open. Announce, TakenOver, Alive, Stricter, Editions and Logger may
// be nil.
type Options struct {
	Region     survey.Region
	Federation identity.FederationID
	Key        *identity.Key
	Records    Records
	Registry   Registry
	Claims     Claims
	Revisions  Revisions
	Archive    Archive
	Releases   Releases
	// Call asks another region's node. It returns when ctx ends.
	Call func(ctx context.Context, to survey.Region, path string, request []byte) ([]byte, error)
	// Announce is told when this region's heads changed. It must not block.
	Announce func()
	// TakenOver returns what companies said in a cycle to other regions, as far as
	// it was handed over to this one; nil: nothing ever is.
	TakenOver func(cycle survey.Cycle) ([]TakenOver, error)
	// Alive returns the other regions that are believed reachable, in any
	// order; nil means all of the roster.
	Alive func() []survey.Region
	// Stricter is applied on top of every campaign's policy: the stricter
	// number of the two counts, so that a node is never laxer.
	Stricter *disclosure.Policy
	// Editions are the definitions that this node knows; nil: the software's.
	Editions *survey.Editions
	Faults   Faults // set by tests only
	Logger   *slog.Logger
}

// check returns an error wrapping survey.ErrInvalid if something is missing.
func (o *Options) check() error {
	if o.Region == "" || o.Key == nil || o.Call == nil || o.Records == nil || o.Registry == nil || o.Claims == nil ||
		o.Revisions == nil || o.Archive == nil || o.Releases == nil {
		return fmt.Errorf("%w: region, key, call, records, registry, claims, revisions, archive and releases are needed",
			survey.ErrInvalid)
	}
	if o.Stricter != nil {
		return o.Stricter.Check()
	}
	return nil
}
