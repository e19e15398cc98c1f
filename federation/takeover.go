package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// PathCompany is the node call by which the region that holds a company now
// takes over what the region that held it before knows of it.
const PathCompany = "/node/v1/company"

// takeoverDomain separates sealed hand-overs from shared answers.
const takeoverDomain = "tracker company hand-over/1"

const (
	takeoverWait = 15 * time.Second
	takeoverPage = 1000 // claims looked at in one go
)

// Takeovers ask the region that held a company before for its file, and give
// this region's to the ones that hold its former companies now.
type Takeovers struct {
	*exchange
	sponsored sponsored
}

type companyRequest struct {
	Cycle        survey.Cycle      `json:"cycle"`
	Organisation survey.Identifier `json:"organisation"`
}

// companyFile is what is handed over: the answers given so far, what was typed
// since, and those of the year before, with the version and the number of their
// copy. No contacts: no company is asked whether they may be given on.
type companyFile struct {
	Now     *sharedAnswers `json:"now,omitempty"`
	At      time.Time      `json:"at,omitzero"`
	Last    *sharedAnswers `json:"last,omitempty"`
	Version uint64         `json:"last_version,omitempty"`
	Number  uint64         `json:"last_number,omitempty"`
	// Draft is what the company has typed and not sent, by question and field.
	Draft map[string]map[string][]string `json:"draft,omitempty"`
}

// FormerHolder returns the other region that held a company of ours last, in this campaign
// or in that of the year before. It wraps survey.ErrNotFound if there was none,
// and is a refusal if the company is not ours.
func (t Takeovers) FormerHolder(cycle survey.Cycle, id survey.Identifier) (survey.Region, error) {
	claim, err := t.registry.ClaimOf(cycle, id)
	if err != nil {
		return "", err
	}
	if claim.Region != t.region {
		return "", &survey.Refusal{Code: survey.RefusedNotHolder, Holder: claim.Region, Since: claim.ClaimedAt}
	}
	if n := len(claim.Before); n > 0 && claim.Before[n-1] != t.region {
		return claim.Before[n-1], nil
	}
	if last, err := t.registry.ClaimOf(cycle.Previous(), id); err == nil && last.Region != "" && last.Region != t.region {
		return last.Region, nil
	}
	return "", fmt.Errorf("%w: no other region held the company before", survey.ErrNotFound)
}

// lastHolder returns the other region that held the company in the year before,
// "" if there was none, and whether it has answered there.
func (t Takeovers) lastHolder(cycle survey.Cycle, id survey.Identifier) (survey.Region, bool) {
	last, err := t.registry.ClaimOf(cycle.Previous(), id)
	if err != nil || last.Region == t.region {
		return "", false
	}
	return last.Region, last.Region != "" && last.State == survey.Responded
}

// Takeovers returns the companies that this region holds in the cycle and
// another one held before, in this campaign or in that of the year before, in
// order of organisation: what that region knows of them can be taken over. It
// reads this node's own copies and waits for nobody.
func (t Takeovers) Takeovers(cycle survey.Cycle) ([]survey.TakeoverOffer, error) {
	copies, err := t.records.SharedWithUs(cycle.Previous())
	if err != nil {
		return nil, fmt.Errorf("what can be taken over for %s: %w", cycle, err)
	}
	type copied struct {
		organisation survey.Identifier
		from         survey.Region
	}
	here := map[copied]bool{}
	for _, c := range copies {
		here[copied{c.Organisation, c.From}] = c.HandedOver
	}
	fetched, err := t.fetched(cycle)
	if err != nil {
		return nil, fmt.Errorf("what can be taken over for %s: %w", cycle, err)
	}
	offers := []survey.TakeoverOffer{}
	for after, first := "", true; first || after != ""; first = false {
		var claims []survey.Claim
		claims, after = t.registry.Claims(survey.ClaimFilter{Cycle: cycle, Region: t.region}, after, takeoverPage)
		for _, claim := range claims {
			from, err := t.FormerHolder(cycle, claim.Organisation)
			if err != nil {
				continue // nobody held it before, or it was given up a moment ago
			}
			last, answered := t.lastHolder(cycle, claim.Organisation)
			offers = append(offers, survey.TakeoverOffer{Organisation: claim.Organisation, From: from,
				LastYear: answered, TakenOver: here[copied{claim.Organisation, last}] || !answered && here[copied{claim.Organisation, from}],
				Fetched: fetched[handover{claim.Organisation, from, t.region}]})
		}
	}
	slices.SortFunc(offers, func(a, b survey.TakeoverOffer) int {
		return strings.Compare(string(a.Organisation), string(b.Organisation))
	})
	return offers, nil
}

// TakeOver asks the region that held a company before for what the company lets
// this one see, and keeps it here: answers of this
// campaign are recorded unless there are some, and last year's are kept beside
// the shared ones: they count where they were given, and here for the companies
// that are matched with that year. If yet another region held the company last
// year, it is asked too, and may be away. It blocks for at most some seconds.
// Errors: a *survey.Refusal (not-holder) if another region holds the company, or
// (not-allowed) if the company lets this region see nothing of what is known, or
// (region-away) if that region's node does not answer: asking again does no harm;
// survey.ErrNotFound if nobody held it before.
func (t Takeovers) TakeOver(
	ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
) (survey.Takeover, error) {
	taken, err := t.takeOver(ctx, request, cycle, id)
	return taken, t.asked(request, "company.take-over", about(cycle, id), "").recorded(err)
}

func (t Takeovers) takeOver(
	ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier,
) (survey.Takeover, error) {
	fail := func(err error) (survey.Takeover, error) {
		return survey.Takeover{}, fmt.Errorf("take %s over: %w", id, err)
	}
	organisation, err := t.registry.Organisation(id)
	if err != nil {
		return fail(err)
	}
	from, err := t.FormerHolder(cycle, organisation.ID)
	if err != nil {
		return fail(err)
	}
	ctx, cancel := context.WithTimeout(ctx, takeoverWait)
	defer cancel()

	taken, err := t.takeFrom(ctx, request, cycle, organisation, from)
	if err != nil && !errors.Is(err, survey.RefusedNotAllowed) {
		return fail(err)
	}

	// What one region may not give another one may.
	if last, answered := t.lastHolder(cycle, organisation.ID); answered && last != from {
		more, lastErr := t.takeFrom(ctx, request, cycle, organisation, last)
		switch {
		case lastErr != nil:
			t.log.Info("last year's answers were not taken over; it can be asked for again", "from", last, "error", lastErr)
		case err != nil:
			taken, err = more, nil
		default:
			taken.Last = more.Last
		}
	}
	if err != nil {
		return fail(err)
	}
	return taken, nil
}

// takeFrom takes over what one region knows of the company.
func (t Takeovers) takeFrom(
	ctx context.Context, request survey.Request, cycle survey.Cycle, o survey.Organisation, from survey.Region,
) (survey.Takeover, error) {
	taken := survey.Takeover{From: from}
	text, err := json.Marshal(companyRequest{Cycle: cycle, Organisation: o.ID})
	if err != nil {
		return taken, err
	}
	sealed, err := t.calls.Call(ctx, from, PathCompany, text)
	var said *link.CallError
	if errors.As(err, &said) && said.Code == string(survey.RefusedNotAllowed) {
		return taken, notAllowed(t.region, from)
	}
	if err != nil {
		return taken, saidByNode(err)
	}
	var file companyFile
	opened, err := t.key.Open(takeoverDomain, sealed)
	if err == nil {
		err = json.Unmarshal(opened, &file)
	}
	if err == nil {
		err = t.keepCompany(ctx, request, cycle, o, file, &taken)
	}
	if err == nil {
		err = t.records.NoteHandover(ctx, cycle, store.Handover{Organisation: o.ID, From: from, To: t.region, At: time.Now().UTC()})
	}
	if err != nil {
		return taken, err
	}
	t.audit.add(store.AuditEntry{Actor: request.Actor, Action: "company.take-over", Object: about(cycle, o.ID),
		Outcome: fmt.Sprintf("from %s: answers %v, a draft %v, last year's %v", from, taken.Answers, taken.Draft, taken.Last)})
	return taken, nil
}

// saidByNode tells what another region's node said apart from its silence.
func saidByNode(err error) error {
	var said *link.CallError
	switch {
	case errors.As(err, &said):
		return &survey.Refusal{Code: survey.RefusalCode(said.Code), Detail: said.Message}
	case errors.Is(err, link.ErrUnreachable), errors.Is(err, link.ErrInterrupted), errors.Is(err, context.DeadlineExceeded):
		return survey.Refuse(survey.RefusedRegionAway, "the other region's node cannot be reached: %v", err)
	}
	return err
}

func (t Takeovers) keepCompany(
	ctx context.Context, request survey.Request, cycle survey.Cycle, o survey.Organisation, file companyFile,
	taken *survey.Takeover,
) error {
	if file.Now != nil {
		campaign, err := t.registry.Campaign(cycle)
		if err != nil {
			return err
		}
		if err := t.sponsored.keepHandedOver(ctx, campaign, handedOver{Organisation: o.ID, Answers: file.Now.Answers, At: file.At}); err != nil {
			return err
		}
		taken.Answers = true
	}
	if len(file.Draft) > 0 {
		draft, err := t.records.Links().KeepHandedDraft(ctx, cycle, o.ID, file.Draft, request.Actor)
		if err != nil {
			return err
		}
		taken.Draft = draft
	}
	if file.Last == nil {
		return nil
	}
	taken.Last = true
	return t.keepLast(ctx, cycle.Previous(), o.ID, taken.From, file)
}

// keepLast keeps the answers of the cycle before, sealed to this node's own key.
func (t Takeovers) keepLast(
	ctx context.Context, cycle survey.Cycle, id survey.Identifier, from survey.Region, file companyFile,
) error {
	now := time.Now().UTC()
	text, err := json.Marshal(file.Last)
	if err != nil {
		return err
	}
	sealed, err := identity.Seal(t.key.Public(), sharingDomain, text)
	if err != nil {
		return err
	}
	if file.Number == 0 { // they were not that region's own, or its software numbers no hand-overs
		file.Version, file.Number = 1, uint64(now.UnixMilli())
	}
	return t.records.KeepShared(ctx, store.SharedCopy{Cycle: cycle, Organisation: id, From: from, Version: file.Version, Number: file.Number,
		Sealed: sealed, HandedOver: true, ReceivedAt: now})
}

// notAllowed is the refusal of a hand-over of which the company allowed nothing.
func notAllowed(to, from survey.Region) *survey.Refusal {
	return &survey.Refusal{Code: survey.RefusedNotAllowed,
		Detail: fmt.Sprintf("the company has not allowed %s to see what it told %s: nothing was handed over", to.Name(), from.Name())}
}

// serveCompany answers PathCompany: to the region that holds the company now, as
// this node's registry has it, and only if this one held it before. Anybody can
// claim a free company, so a claim shows nobody anything: only what the company
// itself allowed that region by name leaves.
func (t Takeovers) serveCompany(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var asked companyRequest
	if err := json.Unmarshal(request, &asked); err != nil {
		return nil, &link.CallError{Code: string(survey.RefusedInvalid), Message: "the request cannot be read"}
	}
	claim, err := t.registry.ClaimOf(asked.Cycle, asked.Organisation)
	last, _ := t.registry.ClaimOf(asked.Cycle.Previous(), asked.Organisation)
	member, known := t.roster.Member(peer)
	if err != nil || !known || claim.Region != peer || !slices.Contains(claim.Before, t.region) && last.Region != t.region {
		return nil, &link.CallError{Code: string(survey.RefusedNotHolder), Message: "as far as this node knows, your region does not hold the company after this one"}
	}

	object := about(asked.Cycle, asked.Organisation)
	file, err := t.companyFile(asked.Cycle, asked.Organisation, peer)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		t.audit.add(store.AuditEntry{Action: "company.hand-over", Object: object, Outcome: "refused to " + string(peer) + ": the company has not allowed it"})
		return nil, &link.CallError{Code: string(refusal.Code), Message: refusal.Detail}
	}
	if err != nil {
		return nil, err
	}
	if err := t.giveUp(ctx, asked, member, &file); err != nil {
		return nil, err
	}
	text, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	t.audit.add(store.AuditEntry{Action: "company.hand-over", Object: object,
		Outcome: fmt.Sprintf("to %s: answers %v, a draft %v, last year's %v", peer, file.Now != nil, len(file.Draft) > 0, file.Last != nil)})
	return identity.Seal(member.Key, takeoverDomain, text)
}

// giveUp notes the hand-over before anything leaves: what others know of last
// year's answers is part of what this region may publish of them. Then it says
// in which figures the new holder may count them.
func (t Takeovers) giveUp(ctx context.Context, asked companyRequest, to survey.Member, file *companyFile) (err error) {
	h := store.Handover{Organisation: asked.Organisation, From: t.region, To: to.Region, At: time.Now().UTC()}
	if file.Last == nil {
		return t.records.NoteHandover(ctx, asked.Cycle, h)
	}
	if file.Number, err = t.records.HandOver(ctx, asked.Cycle, h, file.Version, to.Key); err != nil || file.Number == 0 {
		return err
	}
	file.Last.Metrics, err = t.totals.Transferable(ctx, asked.Cycle.Previous(), asked.Organisation)
	return err
}

// companyFile returns what the company allowed the region, by name, to see. It
// is a *survey.Refusal (not-allowed) if there is something and it allowed
// nothing of that; if nothing is known the file is empty.
func (t Takeovers) companyFile(cycle survey.Cycle, id survey.Identifier, to survey.Region) (companyFile, error) {
	var file companyFile
	now, err := t.told(cycle, id, to)
	if err != nil {
		return file, err
	}
	last, err := t.told(cycle.Previous(), id, to)
	if err != nil {
		return file, err
	}
	draft, err := t.records.Links().SurveyDraftOf(cycle, id)
	if err != nil {
		return file, err
	}
	if !now.allowed && !last.allowed {
		if now.found || last.found || len(draft.Fields) > 0 {
			err = notAllowed(to, t.region)
		}
		return file, err
	}

	if last.allowed {
		if file.Last, err = shareable(last.Answers); err != nil {
			return file, err
		}
		file.Version = last.Version
	}
	if !now.allowed {
		return file, nil
	}
	if file.Now, err = shareable(now.Answers); err != nil {
		return file, err
	}
	file.At = now.At

	// What was typed since has no permission of its own: it goes by that of the
	// answers that it is to correct, unless it names other regions.
	if named, typed := draft.Fields["q02"]; typed && !slices.Contains(named["q02"], string(to)) {
		return file, nil
	}
	file.Draft = maps.Clone(draft.Fields)
	maps.DeleteFunc(file.Draft, func(question string, _ map[string][]string) bool { return survey.QuestionID(question).Own() })
	return file, nil
}

// toldHere is what a company answered here in a cycle.
type toldHere struct {
	survey.Response
	found   bool
	allowed bool // by the company to the region that asks
}

func (t Takeovers) told(cycle survey.Cycle, id survey.Identifier, to survey.Region) (toldHere, error) {
	r, err := t.records.Response(cycle, id)
	if errors.Is(err, survey.ErrNotFound) {
		return toldHere{}, nil
	}
	return toldHere{Response: r, found: err == nil, allowed: err == nil && r.Sharing.Allows(to, r.Answers)}, err
}
