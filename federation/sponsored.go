package federation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// PathHandover is the node call by which a region that has joined fetches the
// answers that its sponsor recorded for it.
const PathHandover = "/node/v1/handover"

// Bounds of the handover.
const (
	handoverPage  = 200 // answers in one call
	handoverPause = 15 * time.Second
)

// sponsored are the answers that a sponsor recorded for a region before that one
// joined: given to it, and fetched by it.
type sponsored struct {
	*exchange
	pump     *pump
	instance string // of this node, drawn when it started
}

type handoverRequest struct {
	Cycle survey.Cycle      `json:"cycle"`
	After survey.Identifier `json:"after"`
}

type handoverAnswer struct {
	Items []handedOver      `json:"items"`
	Next  survey.Identifier `json:"next"` // empty at the end
}

type handedOver struct {
	Organisation survey.Identifier `json:"organisation"`
	Answers      json.RawMessage   `json:"answers"` // to the national questions of the cycle's campaign
	At           time.Time         `json:"at"`
}

// handOver answers PathHandover, to the one region that this one sponsored,
// with the answers that were recorded for it.
func (s sponsored) handOver(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var asked handoverRequest
	if err := json.Unmarshal(request, &asked); err != nil {
		return nil, &link.CallError{Code: string(survey.RefusedInvalid), Message: "the request cannot be read"}
	}
	standing := s.registry.RegionStanding(peer)
	if standing.Sponsor != s.region || standing.Received {
		return nil, &link.CallError{Code: string(survey.RefusedOtherSponsor), Message: "this region has nothing to hand over to yours"}
	}
	responses, next, err := s.records.Responses(asked.Cycle, asked.After, handoverPage)
	if err != nil {
		return nil, fmt.Errorf("hand over to %s: %w", peer, err)
	}
	answer := handoverAnswer{Next: next}
	for _, r := range responses {
		claim, err := s.registry.ClaimOf(asked.Cycle, r.Organisation)
		if err == nil && !claim.Free() && claim.Region == peer && (s.recordedFor(claim, standing.JoinedAt) || r.Sharing.Allows(peer, r.Answers)) {
			text, err := r.Answers.National().MarshalJSON()
			if err != nil {
				return nil, fmt.Errorf("hand over to %s: %w", peer, err)
			}
			answer.Items = append(answer.Items, handedOver{Organisation: r.Organisation, Answers: text, At: r.At})
		}
	}
	if len(answer.Items) > 0 {
		s.audit.add(store.AuditEntry{Action: "response.hand-over", Object: string(asked.Cycle),
			Outcome: fmt.Sprintf("%d answers to %s, %s to %s", len(answer.Items), peer, answer.Items[0].Organisation, answer.Items[len(answer.Items)-1].Organisation)})
	}
	return json.Marshal(answer)
}

// recordedFor reports whether the answers of a sponsored region's company were
// recorded for that region. Answers of a company that this region held itself,
// or that the other one claimed only once it had a node, are this region's own:
// a claim opens nobody's answers.
func (s sponsored) recordedFor(claim survey.Claim, joined time.Time) bool {
	return !slices.Contains(claim.Before, s.region) && !claim.ClaimedAt.After(joined)
}

// takeOver fetches, once after this region joined, what its sponsor recorded
// for it, and says in the registry that it has it.
func (s sponsored) takeOver(ctx context.Context) {
	for {
		changed := s.registry.Watch()
		if standing := s.registry.RegionStanding(s.region); standing.Sponsor != "" && standing.Joined && !standing.Received {
			err := s.takeOverFrom(ctx, standing.Sponsor)
			if err == nil {
				return
			}
			s.log.Info("what the sponsor recorded is not here yet; trying again", "sponsor", standing.Sponsor, "error", err)
			if !sleep(ctx, jitter(handoverPause)) {
				return
			}
			continue
		} else if standing.Received {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

func (s sponsored) takeOverFrom(ctx context.Context, sponsor survey.Region) error {
	taken := 0
	for _, campaign := range s.registry.Campaigns() {
		var after survey.Identifier
		for first := true; first || after != ""; first = false {
			request, err := json.Marshal(handoverRequest{Cycle: campaign.Cycle, After: after})
			if err != nil {
				return err
			}
			reply, err := s.calls.Call(ctx, sponsor, PathHandover, request)
			if err != nil {
				return err
			}
			var answer handoverAnswer
			if err := json.Unmarshal(reply, &answer); err != nil {
				return fmt.Errorf("answer of %s: %w", sponsor, err)
			}
			for _, item := range answer.Items {
				if err := s.keepHandedOver(ctx, campaign, item); err != nil {
					return fmt.Errorf("take over the answers of %s: %w", item.Organisation, err)
				}
				taken++
			}
			after = answer.Next
		}
	}
	ctx, cancel := context.WithTimeout(ctx, proposeMost)
	defer cancel()
	outcome, err := s.registry.HandedOver(ctx, survey.Request{ID: "handed-over-" + s.instance, Actor: pumpActor})
	if err != nil {
		return err
	}
	if outcome.Refusal != nil {
		return outcome.Refusal
	}
	s.audit.add(store.AuditEntry{Action: "response.take-over", Object: string(sponsor), Outcome: fmt.Sprintf("%d answers", taken)})
	return nil
}

// keepHandedOver records one answer, unless this region has one of its own.
func (s sponsored) keepHandedOver(ctx context.Context, campaign survey.Campaign, item handedOver) error {
	organisation, err := s.registry.Organisation(item.Organisation)
	if err != nil {
		return err
	}
	if _, err := s.records.Response(campaign.Cycle, organisation.ID); err == nil {
		return nil
	}
	answers, err := s.readNational(campaign.Questionnaire, item.Answers)
	if err != nil {
		return err
	}
	s.pump.catchUpBriefly(ctx)
	_, err = s.records.RecordResponse(ctx, survey.RecordRequest{Cycle: campaign.Cycle, Organisation: organisation,
		Questionnaire: campaign.Questionnaire, Answers: answers, Actor: pumpActor, At: item.At})
	return err
}

// readNational reads answers that came from another region: those to the
// national questions, in the words of the questionnaire that it names.
func (e *exchange) readNational(questionnaire string, text []byte) (survey.Answers, error) {
	asked, err := e.records.Editions().National(questionnaire)
	if err != nil {
		return survey.Answers{}, err
	}
	answers, problems, err := survey.ParseAnswers(asked, text)
	if err == nil && len(problems) > 0 {
		err = &survey.FaultyAnswers{Problems: problems}
	}
	return answers, err
}
