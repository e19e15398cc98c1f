package store_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Organisations without any public number have one that a node minted.
const (
	minted      survey.Identifier = "AHSN:00G22WJ18J2F4TYY9AV623KTN0"
	mintedOther survey.Identifier = "AHSN:7BYPRHQVBDT0V9FJFN3SX3FRWA"
)

// TestOrganisationsWithoutANumber go every way through the records: answers,
// records, imports and their undoing, areas, a merge with a numbered one and its
// undoing, and erasing.
func TestOrganisationsWithoutANumber(t *testing.T) {
	s, r := opened(t)
	ctx := context.Background()
	r.grant(cycle, minted, us)
	record(t, s, minted, complete(t, "100"))
	record(t, s, mintedOther, complete(t, "7"))
	feed(t, s, r)
	wantTotal(t, s, "investment_leveraged", 100_00, 1)
	if got, err := s.Response(cycle, minted); err != nil || !got.Counted || got.State != survey.ResponseAccepted {
		t.Errorf("%+v %v", got, err)
	}
	add(t, s, write(t, survey.RecordInteractions, "1", interaction(minted, 30)))
	w := write(t, survey.RecordAreas, "", fmt.Sprintf(`{"organisation": %q, "icb": "QU9"}`, minted))
	w.Record.ID = ""
	add(t, s, w)
	rows := []store.ImportRow{
		{Row: 2, Write: new(write(t, survey.RecordInteractions, "2", interaction(minted, 45)))},
		{Row: 3, Write: new(write(t, survey.RecordInteractions, "3", interaction(mintedOther, 60)))},
	}
	im, _ := commit(t, s, "a", rows)
	if im.Added != 2 {
		t.Errorf("%+v", im)
	}
	wantTotal(t, s, "meaningful_interactions", 3, 2)
	answered := anImport("answers")
	answered.Kind, answered.Cycle = survey.ImportResponses, cycle
	again := request(mintedOther, complete(t, "8"))
	if im, _, err := s.Imports().ImportRows(ctx, answered, []store.ImportRow{{Row: 2, Answers: &again}}, false); err != nil || im.Updated != 1 {
		t.Errorf("%+v %v", im, err)
	}

	figures, err := s.AreaFigures(cycle)
	if err != nil || len(figures) != 1 || figures[0].Organisations != 1 || figures[0].Answers != 1 {
		t.Errorf("%+v %v", figures, err)
	}
	turnsOutToBeACompany(t, s, r)
	if _, err := s.Imports().UndoImport(ctx, im.ID, 9, epoch); err != nil {
		t.Error(err)
	}
	subject, err := s.Privacy().Subject(ctx, minted, "")
	if err != nil || len(subject.Records) != 2 || len(subject.Responses) != 1 {
		t.Errorf("%d records, %d answers, %v", len(subject.Records), len(subject.Responses), err)
	}
	if n, err := s.Privacy().EraseOrganisation(ctx, minted, 7, epoch); err != nil || n == 0 {
		t.Errorf("%d %v", n, err)
	}
	if subject, err = s.Privacy().Subject(ctx, minted, ""); err != nil || len(subject.Records)+len(subject.Responses) != 0 {
		t.Errorf("after it was erased: %+v %v", subject, err)
	}
}

// turnsOutToBeACompany merges the minted organisation into a numbered one, and
// takes that back.
func turnsOutToBeACompany(t *testing.T, s *store.Store, r *registry) {
	t.Helper()
	r.grant(cycle, company(1), us)
	r.merge(minted, company(1), []survey.Cycle{cycle})
	feed(t, s, r)
	found, _, err := s.Records(store.RecordFilter{Kind: survey.RecordInteractions, Organisation: company(1)}, "", 0)
	if err != nil || len(found) != 2 || found[0].RecordedFor != minted {
		t.Errorf("%+v %v", found, err)
	}
	if ids, err := s.OrganisationsIn("QU9"); err != nil || len(ids) != 1 || ids[0] != company(1) {
		t.Errorf("%v %v", ids, err)
	}
	r.split(minted)
	feed(t, s, r)
	if got, err := s.Response(cycle, minted); err != nil || got.Organisation != minted {
		t.Errorf("%+v %v", got, err)
	}
	if list, next, err := s.Responses(cycle, "", 1); err != nil || len(list) != 1 || list[0].Organisation != minted || next != minted {
		t.Errorf("%+v %q %v", list, next, err)
	}
}
