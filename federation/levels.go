package federation

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/federation/registry"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// stateWait is how often a node looks whether the registry knows its software's
// feature level.
const stateWait = 5 * time.Second

// levels are what the other nodes said by gossip about their software: a hint for when the registry
// may be told of this node's level.
type levels struct {
	region   survey.Region
	registry *registry.Registry
	log      *slog.Logger
	said     sync.Map // survey.Region to uint16
}

func (l *levels) heard(region survey.Region, level uint16) { l.said.Store(region, level) }

// last returns the level that the region said last, 0 if it said none.
func (l *levels) last(region survey.Region) uint16 {
	level, _ := l.said.Load(region)
	number, _ := level.(uint16)
	return number
}

// stating tells the registry which feature level this node's software knows,
// once after it changed.
func (l *levels) stating(ctx context.Context) {
	every(ctx, stateWait, func(ctx context.Context) {
		if l.shouldState() {
			l.tell(ctx)
		}
	})
}

// shouldState reports whether the registry has another level of this node and may be told. Software
// from before there were levels stops at such a command, so until the federation has risen no voter
// may be known to run it.
func (l *levels) shouldState() bool {
	self, ok := l.registry.Member(l.region)
	if !ok || self.State != survey.MemberActive || l.registry.LevelOf(self.Region) == state.FeatureLevel {
		return false
	}

	level, behind := l.registry.Level()
	if level >= state.FeatureLevel {
		return true
	}
	for _, region := range behind {
		if region != self.Region && l.last(region) < state.FeatureLevel {
			return false
		}
	}
	return true
}

func (l *levels) tell(ctx context.Context) {
	request := survey.Request{ID: fmt.Sprintf("level-%d-%d", state.FeatureLevel, l.registry.Number())}
	outcome, err := l.registry.StateLevel(ctx, request)
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	if err != nil && ctx.Err() == nil {
		l.log.Warn("the other regions do not know yet what this node's software can do", "error", err)
	}
}
