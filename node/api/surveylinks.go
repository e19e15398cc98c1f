package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// SurveyLinks are the one-time links by which companies answer for themselves:
// store.Links has them.
type SurveyLinks interface {
	CreateSurveyLink(context.Context, store.NewSurveyLink) (link store.SurveyLink, secret string, err error)
	SurveyLinks(survey.Cycle) ([]store.SurveyLink, error)
	RevokeSurveyLink(ctx context.Context, id string, by uint64) error
	RemindSurveyLink(ctx context.Context, id string, by uint64) (link store.SurveyLink, secret string, err error)
}

// NewSurveyLink asks for a link of a company that this region holds. Base is
// the public address of the companies' form, such as
// https://survey.example.org; by default it is the node's respond.url, or else
// the host of the request. Without Expires the link ends two weeks after the
// survey closes. Send lets the node's mail server send the letter.
type NewSurveyLink struct {
	Organisation string    `json:"organisation" maxLength:"80" example:"GB-COH:07209813"`
	Email        string    `json:"email,omitempty" maxLength:"200"`
	Contact      string    `json:"contact,omitempty" maxLength:"200"`
	Base         string    `json:"base,omitempty" maxLength:"200" example:"https://survey.example.org"`
	Send         bool      `json:"send,omitempty"`
	Expires      time.Time `json:"expires,omitzero"`
}

// IssuedSurveyLink is a link with its address, shown this once only, and a
// letter that is ready to be sent. Delivery is the result if the node was to
// send it.
type IssuedSurveyLink struct {
	store.SurveyLink
	Company  string             `json:"company"`
	Address  string             `json:"address"`
	Letter   store.SurveyLetter `json:"letter"`
	Delivery *letters.Delivery  `json:"delivery,omitempty"`
}

// requestHost is the host by which the node was reached.
type requestHost struct{ host string }

// Resolve implements huma.Resolver.
func (a *requestHost) Resolve(ctx huma.Context) []error {
	a.host = ctx.Host()
	return nil
}

type (
	createLink struct {
		CyclePath
		requestHost
		Body NewSurveyLink
	}
	linkIssued struct{ Body IssuedSurveyLink }
	linksPage  struct{ Body Page[store.SurveyLink] }
	remindAll  struct {
		CyclePath
		requestHost
		Body struct {
			Base string `json:"base,omitempty" maxLength:"200" example:"https://survey.example.org"`
			Send bool   `json:"send,omitempty"`
		}
	}
	reminded struct{ Body Page[IssuedSurveyLink] }
	endLink  struct {
		CyclePath
		ID string `path:"id" maxLength:"64"`
	}
)

// linkedRegistry reads a campaign, a company and its claim from this node's copy
// of the registry.
type linkedRegistry struct {
	campaignFinder
	organisationFinder
	claimFinder
}

// linkHandlers make links of the companies' form and the letters with them.
type linkHandlers struct {
	region     survey.Region
	registry   linkedRegistry
	links      SurveyLinks
	mailer     letters.Sender
	respondURL string // public address of the companies' form, if it has one
}

func (h linkHandlers) create(ctx context.Context, in *createLink) (*linkIssued, error) {
	cycle, id, err := in.CyclePath.with("body.organisation", in.Body.Organisation)
	if err != nil {
		return nil, err
	}

	campaign, err := h.registry.Campaign(cycle)
	if err != nil {
		return nil, err
	}

	organisation, err := h.held(cycle, id)
	if err != nil {
		return nil, err
	}

	// The round checks that the letter can be sent, before the link is made.
	round, err := h.round(ctx, in.requestHost, cycle, in.Body.Base, in.Body.Send)
	if err != nil {
		return nil, err
	}
	if err := h.mayInvite(organisation.ID, in.Body.Email, in.Body.Send); err != nil {
		return nil, err
	}

	link, secret, err := h.links.CreateSurveyLink(ctx, store.NewSurveyLink{
		Cycle: cycle, Organisation: organisation.ID, Email: in.Body.Email, Contact: in.Body.Contact, By: round.By,
		Expires: cmp.Or(in.Body.Expires, store.SurveyLinkExpiry(campaign, round.Now, round.London)),
	})
	if err != nil {
		return nil, err
	}

	made := []letters.Reminder{round.Invitation(link, organisation, secret)}
	if in.Body.Send {
		// A letter that does not leave is no error: the link exists, and the answer says so.
		round.Post(ctx, made)
	}
	return &linkIssued{Body: issued(made[0])}, nil
}

// held returns the organisation, or a refusal if this region does not hold it.
func (h linkHandlers) held(cycle survey.Cycle, id survey.Identifier) (survey.Organisation, error) {
	organisation, err := h.registry.Organisation(id)
	if err != nil {
		return organisation, err
	}

	claim, err := h.registry.ClaimOf(cycle, organisation.ID)
	switch {
	case errors.Is(err, survey.ErrNotFound):
		return organisation, &survey.Refusal{Code: survey.RefusedNotClaimed}
	case err != nil:
		return organisation, err
	case claim.Region != h.region:
		return organisation, &survey.Refusal{
			Code: survey.RefusedNotHolder, Holder: claim.Region, Since: claim.ClaimedAt,
		}
	}
	return organisation, nil
}

// mayInvite refuses a letter to somebody who asked not to be written to, and
// one that has no address to be sent to.
func (h linkHandlers) mayInvite(id survey.Identifier, address string, send bool) error {
	if send && address == "" {
		return invalidField("body.email", "give the address that the letter goes to")
	}
	if address == "" {
		return nil
	}

	may, err := h.mailer.MayWrite(id, address)
	if err == nil && !may {
		err = invalidField("body.email",
			"this contact asked not to be written to: choose another, or leave the address out")
	}
	return err
}

// round returns a round of letters in the caller's name.
func (h linkHandlers) round(
	ctx context.Context, at requestHost, cycle survey.Cycle, base string, send bool,
) (letters.Round, error) {
	if send && !h.mailer.Sends() {
		return letters.Round{}, invalidField("body.send",
			"the node has no mail server: set smtp.address, or send the letters yourself")
	}

	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return letters.Round{}, fmt.Errorf("write to companies: %w", err)
	}

	return letters.Round{Region: h.region, Cycle: cycle, Mailer: h.mailer, Links: h.links, Registry: h.registry,
		Base: cmp.Or(base, h.respondURL, "https://"+at.host), Now: time.Now(), London: london,
		By: caller(ctx).Actor, Mail: send}, nil
}

func issued(m letters.Reminder) IssuedSurveyLink {
	return IssuedSurveyLink{
		SurveyLink: m.Link, Company: m.Company, Address: m.Address, Letter: m.Letter, Delivery: m.Delivery,
	}
}

func (h linkHandlers) list(_ context.Context, in *CyclePath) (*linksPage, error) {
	links, err := wholePage("links", *in, h.links.SurveyLinks)
	return &linksPage{Body: links}, err
}

// remind makes a new secret for each link that may be reminded. Only the letters
// in the answer have the secrets.
func (h linkHandlers) remind(ctx context.Context, in *remindAll) (*reminded, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}

	round, err := h.round(ctx, in.requestHost, cycle, in.Body.Base, in.Body.Send)
	if err != nil {
		return nil, err
	}

	reminders, err := round.Remind(ctx)
	if err != nil {
		return nil, err
	}

	items := make([]IssuedSurveyLink, len(reminders))
	for i, m := range reminders {
		items[i] = issued(m)
	}
	return &reminded{Body: page("reminders", items, "")}, nil
}

func (h linkHandlers) end(ctx context.Context, in *endLink) (*nothingToSay, error) {
	if err := h.links.RevokeSurveyLink(ctx, in.ID, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return &nothingToSay{}, nil
}
