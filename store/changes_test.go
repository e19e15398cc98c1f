package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

func TestAClaimHeldElsewhere(t *testing.T) {
	s, r := opened(t)
	r.grant(cycle, company(1), them)
	feed(t, s, r) // concerns nothing here yet
	record(t, s, company(1), complete(t, "9"))
	if _, err := r.carryOut(s, 10); err != nil {
		t.Fatal(err)
	}
	response, err := s.Response(cycle, company(1))
	if err != nil || response.State != survey.ResponseProvisional || response.HeldBy != them {
		t.Errorf("%v %+v", err, response)
	}
	refused, _ := s.Outbox().Refused(10)
	if got := work(t, s); got != "" || len(refused) != 1 || refused[0].Refusal.Holder != them {
		t.Errorf("work %s, refused %+v", got, refused)
	}
	_, err = s.RecordResponse(context.Background(), request(company(1), complete(t, "10")))
	var refusal *survey.Refusal
	if !errors.As(err, &refusal) || refusal.Holder != them {
		t.Errorf("a correction while another region holds it: %v", err)
	}
	r.release(cycle, company(1))
	feed(t, s, r)
	if got := work(t, s); got != "claim GB-COH:99000001" {
		t.Errorf("after the release: %s", got)
	}
	for range 2 {
		if _, err := r.carryOut(s, 10); err != nil {
			t.Fatal(err)
		}
		feed(t, s, r)
	}
	wantTotal(t, s, "investment_leveraged", 900, 1)
}

func TestAReleasedClaimIsNotAskedForAgain(t *testing.T) {
	s, r := opened(t)
	r.grant(cycle, company(1), us)
	feed(t, s, r)
	record(t, s, company(1), answers(t, `{"q01":"yes"}`))
	r.release(cycle, company(1))
	feed(t, s, r)
	if got := work(t, s); got != "" {
		t.Errorf("work: %s", got)
	}
	record(t, s, company(1), answers(t, `{"q01":"yes"}`))
	if got := work(t, s); got != "claim GB-COH:99000001" {
		t.Errorf("recorded again, work: %s", got)
	}
}

func TestATransferTakesTheAnswerOutOfTheFigures(t *testing.T) {
	s, r := opened(t)
	r.grant(cycle, company(1), us)
	feed(t, s, r)
	record(t, s, company(1), complete(t, "7"))
	wantTotal(t, s, "investment_leveraged", 700, 1)
	r.transfer(cycle, company(1), them)
	feed(t, s, r)
	wantTotal(t, s, "investment_leveraged", 0, 0)
	if cells, in, _ := s.Cells(cycle); len(cells) != 0 || in != 0 {
		t.Errorf("%d cells, %d answers in", len(cells), in)
	}
	if got := work(t, s); got != "" {
		t.Errorf("work: %s", got)
	}
}

func TestARefusalOfWorkThatChangedIsIgnored(t *testing.T) {
	s, r := opened(t)
	r.grant(cycle, company(1), them)
	feed(t, s, r)
	record(t, s, company(1), complete(t, "9"))
	list, err := s.Outbox().Due(10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v %v", list, err)
	}
	_, refusal := r.grant(cycle, company(1), us)
	r.release(cycle, company(1))
	feed(t, s, r)
	if err := s.Outbox().Refuse(list[0], refusal); err != nil {
		t.Fatal(err)
	}
	if got := work(t, s); got != "claim GB-COH:99000001" {
		t.Errorf("work: %s", got)
	}
}

func TestRefusedWorkWakesWhenTheCampaignOpens(t *testing.T) {
	s, r := opened(t)
	record(t, s, company(1), complete(t, "9"))
	list, _ := s.Outbox().Due(10)
	if err := s.Outbox().Refuse(list[0], &survey.Refusal{Code: survey.RefusedCampaignNotOpen}); err != nil {
		t.Fatal(err)
	}
	if got := work(t, s); got != "" {
		t.Errorf("work: %s", got)
	}
	r.campaign(cycle, survey.CampaignOpen)
	feed(t, s, r)
	again, _ := s.Outbox().Due(10)
	if len(again) != 1 || again[0].RequestID == list[0].RequestID || !again[0].Since.Equal(list[0].Since) {
		t.Errorf("%+v", again)
	}
}

func TestRefusedWorkWakesWhenTheAnswerIsRecordedAgain(t *testing.T) {
	s, _ := opened(t)
	record(t, s, company(1), complete(t, "9"))
	list, _ := s.Outbox().Due(10)
	if err := s.Outbox().Refuse(list[0], &survey.Refusal{Code: survey.RefusedSuspended}); err != nil {
		t.Fatal(err)
	}
	if result := record(t, s, company(1), complete(t, "9")); result.Version != 1 {
		t.Errorf("%+v", result)
	}
	if got := work(t, s); got != "claim GB-COH:99000001" {
		t.Errorf("work: %s", got)
	}
}

func TestMergeMovesTheAnswerAndSplitMovesItBack(t *testing.T) {
	s, r := opened(t)
	for _, id := range []survey.Identifier{company(1), company(2)} {
		r.setOrganisation(survey.Organisation{ID: id, Sector: survey.SectorPharma})
		r.grant(cycle, id, us)
	}
	feed(t, s, r)
	record(t, s, company(1), complete(t, "1"))
	late := request(company(2), complete(t, "2"))
	late.At = epoch.Add(-time.Hour)
	if _, err := s.RecordResponse(context.Background(), late); err != nil {
		t.Fatal(err)
	}
	r.merge(company(1), company(2), []survey.Cycle{cycle})
	feed(t, s, r)
	wantTotal(t, s, "investment_leveraged", 100, 1)
	response, err := s.Response(cycle, company(1))
	if err != nil || response.Organisation != company(2) || response.RecordedFor != company(1) || response.Version != 2 {
		t.Errorf("%v %+v", err, response)
	}
	r.split(company(1))
	feed(t, s, r)
	wantTotal(t, s, "investment_leveraged", 200, 1)
	if got := work(t, s); got != "claim GB-COH:99000001, respond GB-COH:99000002" {
		t.Errorf("work: %s", got)
	}
}

func TestSectorChangesMoveAnswersUntilTheCampaignCloses(t *testing.T) {
	s, r := opened(t)
	r.grant(cycle, company(1), us)
	feed(t, s, r)
	record(t, s, company(1), complete(t, "1"))
	sectors := func() (digital, pharma int64) {
		_, digital = cellOf(t, s, "investment_leveraged", survey.BySector, "digital")
		_, pharma = cellOf(t, s, "investment_leveraged", survey.BySector, "pharma")
		return digital, pharma
	}
	r.setOrganisation(survey.Organisation{ID: company(1), Sector: survey.SectorPharma})
	feed(t, s, r)
	if d, p := sectors(); d != 0 || p != 1 {
		t.Errorf("digital %d, pharma %d", d, p)
	}
	r.campaign(cycle, survey.CampaignClosed)
	r.setOrganisation(survey.Organisation{ID: company(1), Sector: survey.SectorDigital})
	feed(t, s, r)
	if d, p := sectors(); d != 0 || p != 1 {
		t.Errorf("after closing: digital %d, pharma %d", d, p)
	}
}
