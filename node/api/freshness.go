package api

import (
	"context"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Replica waits until this node's copy of the registry is fresh enough. It
// blocks until the context ends at the latest.
type Replica interface {
	Await(context.Context, survey.Consistency) (survey.Freshness, error)
}

// maxAgeLimit bounds max_age: a longer one means the same as local.
const maxAgeLimit = 24 * time.Hour

// Freshness says how fresh a registry read must be.
type Freshness struct {
	Consistency string `query:"consistency" enum:"local,linearizable" default:"local" doc:"local reads this node's own copy, whatever its age; linearizable sees every change acknowledged anywhere before the request"`
	MaxAge      string `query:"max_age" maxLength:"16" example:"5s" doc:"With local: the copy must have been confirmed by the leader within this time"`
}

// ReadHeaders say on which state of the registry a read is based.
type ReadHeaders struct {
	Index uint64 `header:"Tracker-Index" doc:"Number of the last registry change in the answer"`
	AgeMS int64  `header:"Tracker-Age-Ms" doc:"Milliseconds since the leader was last heard, -1 when unknown"`
}

// await waits for the freshness that f asks for and returns the headers that
// report it.
func (f Freshness) await(ctx context.Context, replica Replica) (ReadHeaders, error) {
	want := survey.Consistency{Linearizable: f.Consistency == "linearizable"}
	if f.MaxAge != "" {
		age, err := parseAge(f.MaxAge, "write a duration such as 5s, at most 24h")
		if err != nil {
			return ReadHeaders{}, err
		}
		if want.Linearizable {
			return ReadHeaders{}, invalidField("query.max_age", "goes with consistency=local only")
		}
		want.MaxAge = age
	}

	fresh, err := replica.Await(ctx, want)
	if err != nil {
		return ReadHeaders{}, err
	}
	age := int64(-1)
	if fresh.Age >= 0 {
		age = fresh.Age.Milliseconds()
	}
	return ReadHeaders{Index: fresh.Index, AgeMS: age}, nil
}

// parseAge reads the parameter max_age; form says how to write it.
func parseAge(text, form string) (time.Duration, error) {
	age, err := time.ParseDuration(text)
	if err != nil || age <= 0 || age > maxAgeLimit {
		return 0, invalidField("query.max_age", form)
	}
	return age, nil
}
