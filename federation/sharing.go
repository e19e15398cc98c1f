package federation

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/federation/totals"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// PathShare is the node call by which the holder of a company's answers gives a
// copy to a region that the company named, or takes the copy back.
const PathShare = "/node/v1/share"

// sharingDomain separates sealed copies of answers from everything else that
// may be sealed to a node.
const sharingDomain = "tracker shared answers/1"

// Bounds of sharing.
const (
	shareTimeout = 10 * time.Second // for one copy
	shareAgain   = time.Minute      // how often the receivers' keys are compared
)

// shareRequest carries one copy; without Sealed it takes the copy back.
// HandedOver says that it follows a hand-over: the receiver has an earlier copy,
// unless it erased that.
type shareRequest struct {
	Cycle        survey.Cycle      `json:"cycle"`
	Organisation survey.Identifier `json:"organisation"`
	Version      uint64            `json:"version"`
	Number       uint64            `json:"number"`
	Sealed       []byte            `json:"sealed,omitempty"`
	HandedOver   bool              `json:"handed_over,omitempty"`
}

// exchange has the parts by which regions give each other what they know of
// single companies.
type exchange struct {
	door
	region  survey.Region
	key     *identity.Key
	records *store.Store
	totals  *totals.Totals
	roster  *roster
	calls   *link.Client
	log     *slog.Logger
}

// Sharing keeps which regions a company allows to see its answers, gives those
// regions copies or takes them back, and reads the copies of other regions.
type Sharing struct{ *exchange }

// share gives copies and takes them back until ctx ends. A region that cannot be
// reached keeps no other one waiting, and gets its copies when it is back.
func (s Sharing) share(ctx context.Context) {
	wait, everything := retryFirst, true
	for {
		changed := s.records.Outbox().Watch()
		err := s.shareAll(ctx, everything)
		pause := shareAgain
		if err != nil {
			s.log.Debug("copies of answers wait", "error", err, "wait", wait)
			pause, wait = jitter(wait), min(2*wait, shareAgain)
		} else {
			wait = retryFirst
		}

		// Only a round without errors may be followed by one over everything.
		timer := time.NewTimer(pause)
		select {
		case <-changed:
			everything = false
		case <-timer.C:
			everything = err == nil
		case <-ctx.Done():
		}
		timer.Stop()

		if ctx.Err() != nil {
			return
		}
	}
}

// shareAll makes one round. A region that cannot be reached is left alone until
// the next round. With everything it also renews the copies of receivers that
// have another key now and cannot open theirs.
func (s Sharing) shareAll(ctx context.Context, everything bool) error {
	list, err := s.records.Sharing(everything)
	if err != nil {
		return err
	}

	// A copy that a merge moves is sent before it is taken back under its former
	// name: the receiver knows by the former copy that it was handed over.
	slices.SortStableFunc(list, func(a, b store.SharingWork) int {
		return cmp.Compare(min(b.Version, 1), min(a.Version, 1))
	})

	var failed []error
	down := map[survey.Region]bool{}
	for _, work := range list {
		// A region that has no node yet gets its copies when it joins.
		member, ok := s.roster.Member(work.To)
		if !ok || member.State != survey.MemberActive || down[work.To] {
			continue
		}
		if work.Done && member.Key.Equal(ed25519.PublicKey(work.Key)) {
			continue
		}

		// A refusal is about this copy alone: the region's other copies do not wait.
		if err := s.shareOne(ctx, work, member); err != nil {
			var refused *link.CallError
			down[work.To] = !errors.As(err, &refused)
			failed = append(failed, fmt.Errorf("%s: %w", work.To, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(failed...)
}

func (s Sharing) shareOne(ctx context.Context, work store.SharingWork, to survey.Member) error {
	request := shareRequest{Cycle: work.Cycle, Organisation: work.Organisation,
		Version: work.Version, Number: work.Number, HandedOver: work.HandedOver}
	if work.Version != 0 {
		response, err := s.records.Response(work.Cycle, work.Organisation)
		if err != nil {
			return err
		}
		if response.Version != work.Version || !response.Sharing.Allows(work.To, response.Answers) {
			return nil // it has changed since the list was read
		}

		share, err := shareable(response.Answers)
		if err == nil && work.HandedOver {
			share.Metrics, err = s.totals.Transferable(ctx, work.Cycle, work.Organisation)
		}
		if err == nil {
			request.Sealed, err = seal(to.Key, sharingDomain, share)
		}
		if err != nil {
			return err
		}
	}

	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, shareTimeout)
	defer cancel()
	if _, err := s.calls.Call(ctx, work.To, PathShare, text); err != nil {
		return err
	}
	return s.records.Shared(work, to.Key, time.Now().UTC())
}

// seal encodes a value so that only the node with the key can read it.
func seal(key ed25519.PublicKey, domain string, value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return identity.Seal(key, domain, text)
}

// errUnreadable refuses a call whose request is no JSON of its kind.
func errUnreadable() error { return refuseCall(survey.RefusedInvalid, "the request cannot be read") }

// refuseCall is the answer to another node's call that has no effect.
func refuseCall(code survey.RefusalCode, message string) error {
	return &link.CallError{Code: string(code), Message: message}
}

// serveShare answers PathShare. It takes copies only from the region that holds
// the company as this node's registry has it, and only if the company named
// this region. If this node's registry lags behind, the holder tries again. A
// copy that follows an erased one is dropped.
func (s Sharing) serveShare(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var asked shareRequest
	if err := json.Unmarshal(request, &asked); err != nil {
		return nil, errUnreadable()
	}

	if asked.Sealed != nil {
		claim, err := s.registry.ClaimOf(asked.Cycle, asked.Organisation)
		if err != nil || claim.Region != peer {
			return nil, refuseCall(survey.RefusedNotHolder,
				"your region does not hold this company, as far as this node knows")
		}
		answers, _, err := s.openShared(asked.Sealed)
		if err != nil || !slices.Contains(answers.Supporters(), s.region) {
			return nil, refuseCall(survey.RefusedInvalid,
				"it is not sealed to this node, or the company did not name this region")
		}
		if asked.HandedOver {
			if copied, err := s.copied(asked.Cycle, asked.Organisation, peer); err != nil || !copied {
				return nil, err
			}
		}
	}

	err := s.records.KeepShared(ctx, store.SharedCopy{Cycle: asked.Cycle, Organisation: asked.Organisation, From: peer,
		Version: asked.Version, Number: asked.Number, Sealed: asked.Sealed, ReceivedAt: time.Now().UTC()})
	if errors.Is(err, survey.ErrInvalid) {
		return nil, refuseCall(survey.RefusedInvalid, "the copy cannot be kept")
	}
	return nil, err
}

// sharedAnswers are the sealed answers to the national questions. Metrics are the
// figures in which a region that took the company over may count them for its
// matched companies; see totals.Transferable.
type sharedAnswers struct {
	Questionnaire string          `json:"questionnaire"`
	Answers       json.RawMessage `json:"answers"`
	Metrics       []string        `json:"metrics,omitempty"`
}

// shareable leaves out the answers to the region's own questions: no other region
// gets those.
func shareable(answers survey.Answers) (*sharedAnswers, error) {
	text, err := answers.National().MarshalJSON()
	if err != nil {
		return nil, err
	}
	return &sharedAnswers{Questionnaire: answers.Questionnaire, Answers: text}, nil
}

func (e *exchange) openShared(sealed []byte) (answers survey.Answers, metrics []string, err error) {
	var shared sharedAnswers
	text, err := e.key.Open(sharingDomain, sealed)
	if err == nil {
		err = json.Unmarshal(text, &shared)
	}
	if err != nil {
		return survey.Answers{}, nil, err
	}
	answers, err = e.readNational(shared.Questionnaire, shared.Answers)
	return answers, shared.Metrics, err
}

// Shared returns the answers of a cycle that other regions shared with this
// one, and the marks of those taken back, in order of organisation and region.
// They count nowhere.
func (s Sharing) Shared(cycle survey.Cycle) ([]survey.SharedResponse, error) {
	copies, err := s.records.SharedWithUs(cycle)
	if err != nil {
		return nil, err
	}
	return s.openCopies(copies), nil
}

// SharedOf returns the copies of one organisation's answers in the cycle, as
// Shared does. It opens no other.
func (s Sharing) SharedOf(cycle survey.Cycle, id survey.Identifier) ([]survey.SharedResponse, error) {
	copies, err := s.records.SharedOf(cycle, id)
	if err != nil {
		return nil, err
	}
	return s.openCopies(copies), nil
}

func (s Sharing) openCopies(copies []store.SharedCopy) []survey.SharedResponse {
	shared := make([]survey.SharedResponse, len(copies))
	for i, c := range copies {
		shared[i] = survey.SharedResponse{Cycle: c.Cycle, Organisation: c.Organisation, From: c.From,
			Version: c.Version, ReceivedAt: c.ReceivedAt, RevokedAt: c.RevokedAt}
		if c.Sealed == nil {
			continue
		}

		answers, _, err := s.openShared(c.Sealed)
		if err != nil {
			shared[i].Unreadable = true // until the holder sends it to the new key
			continue
		}
		shared[i].Answers = &answers
	}
	return shared
}

// SetSharing records whether a company allows the regions that it named to see
// its answers; see store.SetSharing. Copies follow by themselves.
func (s Sharing) SetSharing(
	ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier, sharing survey.Sharing,
) error {
	err := s.records.SetSharing(ctx, cycle, id, sharing, request.Actor, time.Now().UTC())
	return s.asked(request, "response.sharing", about(cycle, id), string(sharing)).recorded(err)
}
