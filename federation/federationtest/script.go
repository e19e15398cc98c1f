package federationtest

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/ahsn-network/tracker/store/survey"
)

// Cycle is the campaign that scripts use.
const Cycle = survey.Cycle("2022-23")

// commandTimeout bounds one command of a script: longer than a node holds one.
const commandTimeout = 20 * time.Second

// Request returns a fresh request.
func Request() survey.Request { return survey.Request{ID: uuid.NewString(), Actor: 1} }

func command() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), commandTimeout)
}

// OpenCampaign opens Cycle, or finds it open.
func (n *Node) OpenCampaign() {
	n.of.t.Helper()
	ctx, cancel := command()
	defer cancel()
	outcome, err := n.Campaigns().OpenCampaign(ctx, Request(), survey.Campaign{Cycle: Cycle})
	n.must("open the campaign", []survey.Outcome{outcome}, err)
}

// Begin has the region open Cycle and add companies, and waits until every
// running node shows them: a follower hears of them a moment later.
func (f *Federation) Begin(region survey.Region, ids ...survey.Identifier) {
	f.t.Helper()
	f.As(region).OpenCampaign()
	f.As(region).AddCompanies(ids...)
	f.Await(10*time.Second, "the campaign and its companies being everywhere", f.Running(), func(n *Node) bool {
		for _, id := range ids {
			if _, err := n.Organisations().Organisation(id); err != nil {
				return false
			}
		}
		_, err := n.Campaigns().Campaign(Cycle)
		return err == nil
	})
}

// AddCompanies adds companies by their numbers and has this region support
// them in Cycle.
func (n *Node) AddCompanies(ids ...survey.Identifier) {
	n.of.t.Helper()
	ctx, cancel := command()
	defer cancel()
	items := make([]survey.NewOrganisation, len(ids))
	for i, id := range ids {
		items[i] = survey.NewOrganisation{Identifiers: []survey.Identifier{id}, Name: "Company " + id.ID() + " Ltd",
			Sector: survey.SectorMedTech, SizeBand: survey.SizeSmall}
	}

	outcomes, err := n.Organisations().AddOrganisations(ctx, Request(), items)
	n.must("add companies", outcomes, err)
	outcomes, err = n.Campaigns().AddSupported(ctx, Request(), Cycle, ids)
	n.must("support companies", outcomes, err)
}

// TryClaim claims one company and returns the outcome.
func (n *Node) TryClaim(id survey.Identifier) (survey.Outcome, error) {
	ctx, cancel := command()
	defer cancel()
	outcomes, err := n.Claims().Claim(ctx, Request(), Cycle, []survey.Identifier{id})
	if err != nil {
		return survey.Outcome{}, err
	}
	return outcomes[0], nil
}

// Claim claims one company for this region; the test fails if it is not
// granted.
func (n *Node) Claim(id survey.Identifier) survey.Claim {
	n.of.t.Helper()
	outcome, err := n.TryClaim(id)
	n.must("claim "+string(id), []survey.Outcome{outcome}, err)
	return *outcome.Claim
}

// Change makes one step of a claim's life with its current token.
func (n *Node) Change(id survey.Identifier, action survey.ClaimAction, with survey.ClaimChange) survey.Claim {
	n.of.t.Helper()
	ctx, cancel := command()
	defer cancel()
	if _, err := n.Replica().Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
		n.of.Fatalf("%s: %s of %s: %v", n.Region, action, id, err)
	}

	claim, err := n.Claims().ClaimOf(Cycle, id)
	if err != nil {
		n.of.Fatalf("%s: %s of %s: %v", n.Region, action, id, err)
	}

	// The newest token: an older one would be refused.
	with.Organisation, with.Action, with.Token = id, action, claim.Token
	outcomes, err := n.Claims().ChangeClaims(ctx, Request(), Cycle, []survey.ClaimChange{with})
	n.must(string(action)+" "+string(id), outcomes, err)
	return *outcomes[0].Claim
}

// Holder returns who holds the company as this node's replica knows it, ""
// for nobody.
func (n *Node) Holder(id survey.Identifier) survey.Region {
	claim, err := n.Claims().ClaimOf(Cycle, id)
	if err != nil || claim.Free() {
		return ""
	}
	return claim.Region
}

// Answer records a complete answer with the money that the AHSN's support
// helped to secure, in whole pounds.
func (n *Node) Answer(id survey.Identifier, pounds int64) survey.ResponseResult {
	n.of.t.Helper()
	result, err := n.TryAnswer(id, pounds)
	if err != nil {
		n.of.Fatalf("%s: answer of %s: %v", n.Region, id, err)
	}
	return result
}

// TryAnswer records an answer and returns the result.
func (n *Node) TryAnswer(id survey.Identifier, pounds int64) (survey.ResponseResult, error) {
	ctx, cancel := command()
	defer cancel()
	return n.Responses().RecordResponse(ctx, Request(), Cycle, id, completeAnswers(n.Region, pounds))
}

func completeAnswers(region survey.Region, pounds int64) []byte {
	text, err := json.Marshal(map[string]any{
		"q01": "yes", "q02": []survey.Region{region}, "q03": 10, "q04": 2, "q05": 1, "q06": 1,
		"q07": map[string]int64{"equity": pounds}, "q08": pounds, "q10": 1,
	})
	if err != nil {
		panic(err) // plain values always encode
	}
	return text
}

// Totals returns the nation's totals of Cycle as this node can give them.
func (n *Node) Totals(query survey.TotalsQuery) survey.Totals {
	n.of.t.Helper()
	ctx, cancel := command()
	defer cancel()

	query.Cycle = Cycle
	totals, err := n.Federation.Totals().National(ctx, query)
	if err != nil {
		n.of.Fatalf("%s: totals: %v", n.Region, err)
	}
	return totals
}

// Leveraged returns the nation's investment leveraged in whole pounds.
func (n *Node) Leveraged() int64 {
	n.of.t.Helper()
	return FigureOf(n.Totals(survey.TotalsQuery{}).Figures, "investment_leveraged").Value / 100
}

// FigureOf returns one metric's figure, the zero Figure if it is not there.
func FigureOf(figures []survey.Figure, metric string) survey.Figure {
	for _, figure := range figures {
		if figure.Metric == metric {
			return figure
		}
	}
	return survey.Figure{}
}

// must fails the test unless everything was carried out.
func (n *Node) must(what string, outcomes []survey.Outcome, err error) {
	n.of.t.Helper()
	for _, outcome := range outcomes {
		if outcome.Refusal != nil {
			err = errors.Join(err, outcome.Refusal)
		}
	}

	if err != nil {
		n.of.Fatalf("%s: %s: %v", n.Region, what, err)
	}
}
