package federation

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/notifier"
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

// sponsored gives a region, once it has joined, the answers that this one
// recorded for it as its sponsor, and fetches those that this region's sponsor
// recorded.
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
		return nil, errUnreadable()
	}
	standing := s.registry.RegionStanding(peer)
	if standing.Sponsor != s.region || standing.Received {
		return nil, refuseCall(survey.RefusedOtherSponsor, "this region has nothing to hand over to yours")
	}

	responses, next, err := s.records.Responses(asked.Cycle, asked.After, handoverPage)
	if err != nil {
		return nil, fmt.Errorf("hand over to %s: %w", peer, err)
	}

	answer := handoverAnswer{Next: next}
	for _, r := range responses {
		claim, err := s.registry.ClaimOf(asked.Cycle, r.Organisation)
		if err != nil || claim.Free() || claim.Region != peer {
			continue
		}
		if !s.recordedFor(claim, standing.JoinedAt) && !r.Sharing.Allows(peer, r.Answers) {
			continue
		}
		text, err := r.Answers.National().MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("hand over to %s: %w", peer, err)
		}
		answer.Items = append(answer.Items, handedOver{Organisation: r.Organisation, Answers: text, At: r.At})
	}

	if n := len(answer.Items); n > 0 {
		s.audit.add(store.AuditEntry{Action: "response.hand-over", Object: string(asked.Cycle),
			Outcome: fmt.Sprintf("%d answers to %s, %s to %s",
				n, peer, answer.Items[0].Organisation, answer.Items[n-1].Organisation)})
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
// for it, and says in the registry that this node has it.
func (s sponsored) takeOver(ctx context.Context) {
	for ctx.Err() == nil {
		changed := s.registry.Watch()
		standing := s.registry.RegionStanding(s.region)
		if standing.Received {
			return
		}

		if standing.Sponsor != "" && standing.Joined {
			err := s.takeOverFrom(ctx, standing.Sponsor)
			if err == nil {
				return
			}
			s.log.Info("the sponsor's answers for this region are not here yet; trying again",
				"sponsor", standing.Sponsor, "error", err)
			notifier.Pause(ctx, jitter(handoverPause))
			continue
		}

		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (s sponsored) takeOverFrom(ctx context.Context, sponsor survey.Region) error {
	taken := 0
	for _, campaign := range s.registry.Campaigns() {
		var after survey.Identifier
		for first := true; first || after != ""; first = false {
			asked := handoverRequest{Cycle: campaign.Cycle, After: after}
			answer, err := ask[handoverAnswer](ctx, s.calls, sponsor, PathHandover, asked)
			if err != nil {
				return fmt.Errorf("answer of %s: %w", sponsor, err)
			}
			for _, item := range answer.Items {
				if err := s.keepHandedOver(ctx, campaign, item); err != nil {
					return fmt.Errorf("take over the answers of %s: %w", item.Organisation, err)
				}
			}
			taken += len(answer.Items)
			after = answer.Next
		}
	}

	// The sponsor keeps the answers until the registry says that they are here.
	ctx, cancel := context.WithTimeout(ctx, proposeTimeout)
	defer cancel()
	outcome, err := s.registry.HandedOver(ctx, survey.Request{ID: "handed-over-" + s.instance, Actor: pumpActor})
	if err == nil && outcome.Refusal != nil {
		err = outcome.Refusal
	}
	if err == nil {
		s.audit.add(store.AuditEntry{Action: "response.take-over", Object: string(sponsor),
			Outcome: fmt.Sprintf("%d answers", taken)})
	}
	return err
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

// readNational reads another region's answers to the national questions, in the
// words of the questionnaire that the region names.
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
