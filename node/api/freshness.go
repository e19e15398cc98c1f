package api

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Replica waits until this node's copy of the registry is fresh enough.
type Replica interface {
	Await(context.Context, survey.Consistency) (survey.Freshness, error)
}

// maxAgeLimit bounds max_age: beyond it, local says the same.
const maxAgeLimit = 24 * time.Hour

// Freshness says how fresh a registry read must be.
type Freshness struct {
	Consistency string `query:"consistency" enum:"local,linearizable" default:"local" doc:"local reads this node's own copy, whatever its age; linearizable sees every change acknowledged anywhere before the request"`
	MaxAge      string `query:"max_age" maxLength:"16" example:"5s" doc:"With local: the copy must have been confirmed by the leader within this time"`
}

// ReadHeaders say what a registry read was based on.
type ReadHeaders struct {
	Index uint64 `header:"Tracker-Index" doc:"Number of the last registry change in the answer"`
	AgeMS int64  `header:"Tracker-Age-Ms" doc:"Milliseconds since the leader was last heard, -1 when unknown"`
}

// await waits for the freshness that f asks for and returns the headers that
// report it.
func (s *server) await(ctx context.Context, f Freshness) (ReadHeaders, error) {
	want := survey.Consistency{Linearizable: f.Consistency == "linearizable"}
	if f.MaxAge != "" {
		age, err := time.ParseDuration(f.MaxAge)
		if err != nil || age <= 0 || age > maxAgeLimit {
			return ReadHeaders{}, invalidField("query.max_age", "write a duration such as 5s, at most 24h")
		}
		if want.Linearizable {
			return ReadHeaders{}, invalidField("query.max_age", "goes with consistency=local only")
		}
		want.MaxAge = age
	}
	fresh, err := s.registry.Await(ctx, want)
	if err != nil {
		return ReadHeaders{}, err
	}
	age := int64(-1)
	if fresh.Age >= 0 {
		age = fresh.Age.Milliseconds()
	}
	return ReadHeaders{Index: fresh.Index, AgeMS: age}, nil
}
