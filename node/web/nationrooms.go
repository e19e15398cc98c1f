package web

import (
	"context"
	"errors"

	"github.com/ahsn-network/tracker/store/survey"
)

// notReady reports whether the step has to wait, or there are no final figures to
// show yet. The refusal's detail says why.
func notReady(err error) bool {
	return errors.Is(err, survey.RefusedNotFinal) || errors.Is(err, survey.RefusedNoTable) || errors.Is(err, survey.RefusedNothingStands)
}

// Certification makes a year final. The steps return the registry's outcome,
// or an error: a *survey.Refusal says what is missing, and is
// survey.RefusedTableChanged if CoSign names another table than follows here.
// Words are why, for this node's own audit log.
type Certification interface {
	Revisions(survey.Cycle) ([]survey.Revision, error)
	NationalTable(cycle survey.Cycle, revision int) (NationalTable, error)
	SignOff(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int) (survey.Outcome, error)
	CoSign(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, table string) (survey.Outcome, error)
	LetStand(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region, reason survey.ReasonCode, words string) (survey.Outcome, error)
	MarkAbsent(ctx context.Context, request survey.Request, cycle survey.Cycle, revision int, region survey.Region, reason survey.ReasonCode, words string) (survey.Outcome, error)
	OpenRevision(ctx context.Context, request survey.Request, cycle survey.Cycle, reason survey.ReasonCode, words string) (survey.Outcome, error)
}

// Proposals are what one region proposed and a second one may consent to, in
// the order in which they were made.
type Proposals interface {
	Proposals() []survey.Proposal
	Endorse(ctx context.Context, request survey.Request, number uint64, words string) (survey.Outcome, error)
}

// Reports make the national report of a year as one page, and name the content
// policy under which it works.
type Reports interface {
	Report(context.Context, survey.Cycle) (page []byte, policy string, err error)
}

// NationalTable is the table of one revision as it follows at this node from
// the registry alone: what is co-signed. Hash is hexadecimal; Difference the
// registry's answers less those that the regions counted.
type NationalTable struct {
	Hash       string
	Figures    []survey.Figure
	Answers    int64
	Difference int64
}

// OwnFigures are this region's own: live, and as they last left the region.
// Late says that final figures have left and more came in since.
type OwnFigures struct {
	Live            survey.Totals
	Released        survey.Totals
	AnswersIn       int64
	AnswersReleased int64
	Final           bool
	Late            bool
}
