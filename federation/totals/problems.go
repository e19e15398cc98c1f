package totals

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxProblems bounds the status.
const maxProblems = 64

// Kinds of problems in the status.
const (
	problemPublish  = "publish"
	problemOutdated = "outdated"
	problemConflict = "conflict"
	problemRefused  = "refused"
	problemArchive  = "archive"
	problemTable    = "table"
)

// Problem is something about the exchange that a person should know.
type Problem struct {
	At     time.Time     `json:"at"`
	Region survey.Region `json:"region"`
	Cycle  survey.Cycle  `json:"cycle,omitempty"`
	Text   string        `json:"text"`
	Alarm  bool          `json:"alarm,omitempty"` // somebody broke the rules, or lost data
}

// problems are the open problems, by region, cycle and kind.
type problems struct {
	log  *slog.Logger
	mu   sync.Mutex
	open map[string]Problem
}

func newProblems(log *slog.Logger) *problems {
	return &problems{log: log, open: make(map[string]Problem)}
}

// report keeps a problem in the status until it is resolved, and logs it when it
// is new. kind tells problems of one region and cycle apart.
func (p *problems) report(kind string, problem Problem) {
	problem.At = time.Now()
	name := problemName(kind, problem.Region, problem.Cycle)

	p.mu.Lock()
	before, known := p.open[name]
	repeated := known && before.Text == problem.Text
	if known || len(p.open) < maxProblems {
		if repeated {
			problem.At = before.At
		}
		p.open[name] = problem
	}
	p.mu.Unlock()

	if repeated {
		return
	}
	level := slog.LevelWarn
	if problem.Alarm {
		level = slog.LevelError
	}
	p.log.Log(context.Background(), level, problem.Text, "region", problem.Region, "cycle", problem.Cycle)
}

// resolve takes a problem out of the status.
func (p *problems) resolve(kind string, region survey.Region, cycle survey.Cycle) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, problemName(kind, region, cycle))
}

// list returns the open problems by region and cycle.
func (p *problems) list() (out []Problem) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(p.open)) {
		out = append(out, p.open[name])
	}
	return out
}

func problemName(kind string, region survey.Region, cycle survey.Cycle) string {
	return string(region) + "/" + string(cycle) + "/" + kind
}
