package federation

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Replica is this node's copy of the registry, to read from and to wait for.
// Nothing can be changed by it.
type Replica struct{ replica }

type replica interface {
	// Await waits until the copy is as fresh as is wanted.
	Await(context.Context, survey.Consistency) (survey.Freshness, error)
	Number() uint64
	Epoch() uint64
	ChangesSince(number uint64, limit int) (changes []survey.Change, upTo uint64)
	Watch() <-chan struct{}
	Members() []survey.Member
	Member(survey.Region) (survey.Member, bool)
}
