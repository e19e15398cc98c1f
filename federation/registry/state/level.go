package state

import (
	"fmt"

	"github.com/ahsn-network/tracker/store/survey"
)

// levelPayload is a node's statement about its software.
type levelPayload struct {
	Level uint16 `cbor:"1,keyasint"`
}

// needs returns the feature level that the row needs.
func (b *Body) needs() uint16 {
	if b.Type >= typeSignOff {
		return levelNational
	}
	return uint16(b.Version)
}

// level returns the federation's feature level. It never falls.
func (v View) level() uint16 { return max(levelFirst, v.federation().Level) }

// BatchSigning reports whether every voter's software can check the signature of
// a batch.
func (v View) BatchSigning() bool { return v.level() >= levelBatch }

// TooNew says why the row has to wait for an upgrade; nil if it need not.
func (v View) TooNew(b *Body) *survey.Refusal {
	return v.beyond(v.level(), b)
}

// level and tooNew are those of a view, after the earlier decisions of this entry.
func (w *work) level() uint16 { return max(levelFirst, w.federation.Level) }

func (w *work) tooNew(b *Body) *survey.Refusal { return w.beyond(w.level(), b) }

func (v View) beyond(level uint16, b *Body) *survey.Refusal {
	if b.needs() <= level {
		return nil
	}
	return refuse(survey.RefusedNeedsUpgrade, fmt.Sprintf("the nodes of %s run a version of tracker "+
		"that does not know this step yet: upgrade them first", regionList(v.behind(b.needs()))))
}

// behind returns the regions that hold the level back, in the order of their
// codes.
func (v View) behind(level uint16) []survey.Region {
	var out []survey.Region
	for _, m := range v.Members() {
		if votes(&m) && v.levelOf(m.Region) < level {
			out = append(out, m.Region)
		}
	}
	return out
}

func (v View) levelOf(region survey.Region) uint16 {
	if s := first[standingRow](v.txn, tableStandings, byKey, string(region)); s != nil {
		return max(levelFirst, s.Level)
	}
	return levelFirst
}

// StateLevel says that the region's software knows FeatureLevel.
func StateLevel() Command { return newCommand(typeStateLevel, levelPayload{Level: FeatureLevel}) }

// stateLevel notes the level of the origin's software.
func (w *rosterWork) stateLevel(b *Body) []survey.Outcome {
	var p levelPayload
	if err := Decode(b.Payload, &p); err != nil || p.Level < levelFirst {
		return w.refuseRow(survey.RefusedInvalid, "a feature level is a number from 1 on")
	}
	s := w.standing(b.Origin)
	if s.Level == p.Level {
		return w.answer(survey.OutcomeExists)
	}
	s.Level = p.Level
	w.insert(tableStandings, &s)
	w.raiseLevel()
	return w.answer(survey.OutcomeUpdated)
}

// raiseLevel lets the federation's level follow its voters upwards. It never falls, because rows
// stay in the log: a node that comes back with older software stops and says so.
func (w *work) raiseLevel() {
	lowest := uint16(0)
	for _, m := range w.Members() {
		// Members without a vote do not hold the level back.
		if !votes(&m) {
			continue
		}
		if l := w.levelOf(m.Region); lowest == 0 || l < lowest {
			lowest = l
		}
	}
	if lowest > w.level() {
		w.federation.Level = lowest
	}
}

// Level returns the federation's feature level, and the regions whose nodes hold it below this
// software's, in the order of their codes.
func (r Reader) Level() (level uint16, behind []survey.Region) {
	v := r.now()
	if level = v.level(); level < FeatureLevel {
		behind = v.behind(FeatureLevel)
	}
	return level, behind
}

// LevelOf returns the feature level that the region's node stated.
func (r Reader) LevelOf(region survey.Region) uint16 { return r.now().levelOf(region) }
