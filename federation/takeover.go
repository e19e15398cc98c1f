package federation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

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
	takeoverTimeout = 15 * time.Second
	takeoverPage    = 1000 // claims looked at in one go
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

// companyFile is handed over: the answers given so far, the draft of new ones, and
// the answers of the year before, with the version and the number of their copy.
// It has no contacts: no company is asked whether those may be given on.
type companyFile struct {
	Now     *sharedAnswers `json:"now,omitempty"`
	At      time.Time      `json:"at,omitzero"`
	Last    *sharedAnswers `json:"last,omitempty"`
	Version uint64         `json:"last_version,omitempty"`
	Number  uint64         `json:"last_number,omitempty"`
	// Draft is what the company has typed and not sent, by question and field.
	Draft map[string]map[string][]string `json:"draft,omitempty"`
}

// FormerHolder returns the other region that held a company of this region last,
// in this campaign or in that of the year before. It wraps survey.ErrNotFound if
// there was none, and is a refusal if this region does not hold the company.
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
	if last, _ := t.lastHolder(cycle, id); last != "" {
		return last, nil
	}
	return "", fmt.Errorf("%w: no other region held the company before", survey.ErrNotFound)
}

// lastHolder returns the other region that held the company in the year before,
// "" if there was none, and whether the company answered there.
func (t Takeovers) lastHolder(cycle survey.Cycle, id survey.Identifier) (survey.Region, bool) {
	last, err := t.registry.ClaimOf(cycle.Previous(), id)
	if err != nil || last.Region == t.region {
		return "", false
	}
	return last.Region, last.Region != "" && last.State == survey.Responded
}

// TakeOver asks the region that held a company before for what the company lets
// this one see, and keeps it here. Answers of this campaign are recorded unless
// there are some. Last year's answers are kept beside the shared ones: they count
// where they were given, and here for the companies that are matched with that
// year. If yet another region held the company last year, it is asked too, and
// may be away. TakeOver blocks for at most 15 s. Errors: a *survey.Refusal
// (not-holder) if another region holds the company, (not-allowed) if the company
// lets this region see nothing, or (region-away) if the other region's node does
// not answer: asking again does no harm; survey.ErrNotFound if nobody held the
// company before.
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

	ctx, cancel := context.WithTimeout(ctx, takeoverTimeout)
	defer cancel()
	taken, err := t.takeFrom(ctx, request, cycle, organisation, from)
	if err != nil && !errors.Is(err, survey.RefusedNotAllowed) {
		return fail(err)
	}

	// If one region may give nothing, the other one may still do so.
	if last, answered := t.lastHolder(cycle, organisation.ID); answered && last != from {
		more, lastErr := t.takeFrom(ctx, request, cycle, organisation, last)
		switch {
		case lastErr != nil:
			t.log.Info("last year's answers were not taken over; it can be asked for again", "from", last, "error",
				lastErr)
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
		err = t.records.NoteHandover(ctx, cycle,
			store.Handover{Organisation: o.ID, From: from, To: t.region, At: time.Now().UTC()})
	}
	if err != nil {
		return taken, err
	}

	t.audit.add(store.AuditEntry{Actor: request.Actor, Action: "company.take-over", Object: about(cycle, o.ID),
		Outcome: fmt.Sprintf("from %s: answers %v, a draft %v, last year's %v", from, taken.Answers, taken.Draft,
			taken.Last)})
	return taken, nil
}

// saidByNode tells what another region's node said apart from its silence.
func saidByNode(err error) error {
	var said *link.CallError
	switch {
	case errors.As(err, &said):
		return &survey.Refusal{Code: survey.RefusalCode(said.Code), Detail: said.Message}
	case errors.Is(err, link.ErrUnreachable), errors.Is(err, link.ErrInterrupted), errors.Is(err,
		context.DeadlineExceeded):
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
		answers := handedOver{Organisation: o.ID, Answers: file.Now.Answers, At: file.At}
		if err := t.sponsored.keepHandedOver(ctx, campaign, answers); err != nil {
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
	sealed, err := seal(t.key.Public(), sharingDomain, file.Last)
	if err != nil {
		return err
	}

	// They were not that region's own, or its software numbers no hand-overs.
	if file.Number == 0 {
		file.Version, file.Number = 1, uint64(now.UnixMilli())
	}
	return t.records.KeepShared(ctx, store.SharedCopy{Cycle: cycle, Organisation: id, From: from,
		Version: file.Version, Number: file.Number, Sealed: sealed, HandedOver: true, ReceivedAt: now})
}

// notAllowed is the refusal of a hand-over of which the company allowed nothing.
func notAllowed(to, from survey.Region) error {
	return survey.Refuse(survey.RefusedNotAllowed,
		"the company has not allowed %s to see what it told %s: nothing was handed over", to.Name(), from.Name())
}

// serveCompany answers PathCompany. It answers the region that holds the company
// now, as this node's registry has it, and only if this region held it before.
// Anybody can claim a free company, so a claim alone opens nothing: only what the
// company itself allowed that region by name leaves.
func (t Takeovers) serveCompany(ctx context.Context, peer survey.Region, request []byte) ([]byte, error) {
	var asked companyRequest
	if err := json.Unmarshal(request, &asked); err != nil {
		return nil, errUnreadable()
	}
	claim, err := t.registry.ClaimOf(asked.Cycle, asked.Organisation)
	last, _ := t.registry.ClaimOf(asked.Cycle.Previous(), asked.Organisation)
	member, known := t.roster.Member(peer)
	held := slices.Contains(claim.Before, t.region) || last.Region == t.region
	if err != nil || !known || claim.Region != peer || !held {
		return nil, refuseCall(survey.RefusedNotHolder,
			"as far as this node knows, your region does not hold the company after this one")
	}

	object := about(asked.Cycle, asked.Organisation)
	file, err := t.companyFile(asked.Cycle, asked.Organisation, peer)
	var refusal *survey.Refusal
	if errors.As(err, &refusal) {
		t.audit.add(store.AuditEntry{Action: "company.hand-over", Object: object,
			Outcome: "refused to " + string(peer) + ": the company has not allowed it"})
		return nil, refuseCall(refusal.Code, refusal.Detail)
	}
	if err == nil {
		err = t.giveUp(ctx, asked, member, &file)
	}
	if err != nil {
		return nil, err
	}

	t.audit.add(store.AuditEntry{Action: "company.hand-over", Object: object,
		Outcome: fmt.Sprintf("to %s: answers %v, a draft %v, last year's %v", peer, file.Now != nil,
			len(file.Draft) > 0, file.Last != nil)})
	return seal(member.Key, takeoverDomain, file)
}

// giveUp notes the hand-over before anything leaves: what this region may publish
// of last year's answers depends on what others know of them. Then it says in
// which figures the new holder may count them.
func (t Takeovers) giveUp(
	ctx context.Context, asked companyRequest, to survey.Member, file *companyFile,
) (err error) {
	h := store.Handover{Organisation: asked.Organisation, From: t.region, To: to.Region, At: time.Now().UTC()}
	if file.Last == nil {
		return t.records.NoteHandover(ctx, asked.Cycle, h)
	}
	if file.Number, err = t.records.HandOver(ctx, asked.Cycle, h, file.Version,
		to.Key); err != nil || file.Number == 0 {
		return err
	}
	file.Last.Metrics, err = t.totals.Transferable(ctx, asked.Cycle.Previous(), asked.Organisation)
	return err
}

// companyFile returns what the company allowed the region, by name, to see. The
// error is a *survey.Refusal (not-allowed) if something is known and the company
// allowed none of it. If nothing is known the file is empty.
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

	// A draft has no permission of its own: it has that of the answers that it
	// corrects, unless it names other regions.
	if named, typed := draft.Fields["q02"]; typed && !slices.Contains(named["q02"], string(to)) {
		return file, nil
	}

	file.Draft = maps.Clone(draft.Fields)
	maps.DeleteFunc(file.Draft, func(question string, _ map[string][]string) bool {
		return survey.QuestionID(question).Own()
	})
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
