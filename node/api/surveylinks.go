package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
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
// https://survey.example.org; without it, the node's respond.url or else the
// address that was asked. Without Expires it ends two weeks after the survey
// closes. Send lets the node's mail server send the letter.
type NewSurveyLink struct {
	Organisation string    `json:"organisation" maxLength:"80" example:"GB-COH:07209813"`
	Email        string    `json:"email,omitempty" maxLength:"200"`
	Contact      string    `json:"contact,omitempty" maxLength:"200"`
	Base         string    `json:"base,omitempty" maxLength:"200" example:"https://survey.example.org"`
	Send         bool      `json:"send,omitempty"`
	Expires      time.Time `json:"expires,omitzero"`
}

// IssuedSurveyLink is a link with its address, which is shown this once, and a
// letter that is ready to be sent. Delivery says what became of it if the node
// was to send it.
type IssuedSurveyLink struct {
	store.SurveyLink
	Company  string             `json:"company"`
	Address  string             `json:"address"`
	Letter   store.SurveyLetter `json:"letter"`
	Delivery *letters.Delivery  `json:"delivery,omitempty"`
}

// askedAt is the address by which the node was asked.
type askedAt struct{ host string }

// Resolve implements huma.Resolver.
func (a *askedAt) Resolve(ctx huma.Context) []error {
	a.host = ctx.Host()
	return nil
}

type (
	createLink struct {
		CyclePath
		askedAt
		Body NewSurveyLink
	}
	linkIssued struct{ Body IssuedSurveyLink }
	listLinks  struct{ CyclePath }
	linksPage  struct{ Body Page[store.SurveyLink] }
	remindAll  struct {
		CyclePath
		askedAt
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

// linkRoutes are served when the node keeps survey links.
func (s *server) linkRoutes() []route {
	if s.links == nil || s.post == nil {
		return nil
	}
	const links = "/campaigns/{cycle}/links"
	return []route{
		on(get, links, adviser, records, "Links of companies, and how far each has come", s.listLinks),
		on(post, links, adviser, records, "Make a link by which a company answers for itself; its address is shown once", s.createLink, created),
		on(post, links+"/remind", lead, records, "Make a reminder for every company that should be asked again", s.remind),
		on(post, links+"/{id}/end", adviser, records, "End a link", s.endLink, http.StatusNoContent),
	}
}

func (s *server) createLink(ctx context.Context, in *createLink) (*linkIssued, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	id, err := parseIdentifier("body.organisation", in.Body.Organisation)
	if err != nil {
		return nil, err
	}
	campaign, err := s.registry.Campaign(cycle)
	if err != nil {
		return nil, err
	}
	organisation, err := s.registry.Organisation(id)
	if err != nil {
		return nil, err
	}
	claim, err := s.registry.ClaimOf(cycle, organisation.ID)
	switch {
	case errors.Is(err, survey.ErrNotFound):
		return nil, &survey.Refusal{Code: survey.RefusedNotClaimed}
	case err != nil:
		return nil, err
	case claim.Region != s.region:
		return nil, &survey.Refusal{Code: survey.RefusedNotHolder, Holder: claim.Region, Since: claim.ClaimedAt}
	}
	round, err := s.round(ctx, in.askedAt, cycle, in.Body.Base, in.Body.Send)
	if err != nil {
		return nil, err
	}
	if err := s.mayInvite(organisation.ID, in.Body.Email, in.Body.Send); err != nil {
		return nil, err
	}
	expires := cmp.Or(in.Body.Expires, store.SurveyLinkExpiry(campaign, round.Now, round.London))
	link, secret, err := s.links.CreateSurveyLink(ctx, store.NewSurveyLink{Cycle: cycle, Organisation: organisation.ID, Email: in.Body.Email,
		Contact: in.Body.Contact, Expires: expires, By: round.By})
	if err != nil {
		return nil, err
	}
	made := []letters.Reminder{round.Invitation(link, organisation, secret)}
	if in.Body.Send {
		round.Post(ctx, made)
	}
	return &linkIssued{Body: issued(made[0])}, nil
}

// mayInvite refuses a letter to somebody who asked not to be written to, and
// one that nobody could send.
func (s *server) mayInvite(id survey.Identifier, address string, send bool) error {
	if send && address == "" {
		return invalidField("body.email", "give the address that the letter goes to")
	}
	if address == "" {
		return nil
	}
	may, err := s.post.MayWrite(id, address)
	if err == nil && !may {
		err = invalidField("body.email", "this contact asked not to be written to: choose another, or leave the address out")
	}
	return err
}

// round is a round of letters that the caller asks for.
func (s *server) round(ctx context.Context, at askedAt, cycle survey.Cycle, base string, send bool) (letters.Round, error) {
	if send && !s.post.Sends() {
		return letters.Round{}, invalidField("body.send", "the node has no mail server: set smtp.address, or send the letters yourself")
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return letters.Round{}, fmt.Errorf("write to companies: %w", err)
	}
	return letters.Round{Region: s.region, Cycle: cycle, Mailer: s.post, Links: s.links, Registry: s.registry,
		Base: cmp.Or(base, s.respondURL, "https://"+at.host), Now: time.Now(), London: london, By: caller(ctx).Actor, Mail: send}, nil
}

func issued(m letters.Reminder) IssuedSurveyLink {
	return IssuedSurveyLink{SurveyLink: m.Link, Company: m.Company, Address: m.Address, Letter: m.Letter, Delivery: m.Delivery}
}

func (s *server) listLinks(_ context.Context, in *listLinks) (*linksPage, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	links, err := s.links.SurveyLinks(cycle)
	if err != nil {
		return nil, err
	}
	return &linksPage{Body: page("links "+string(cycle), links, "")}, nil
}

// remind makes a new secret for each link that may be reminded: the list of
// letters is the only place where they are.
func (s *server) remind(ctx context.Context, in *remindAll) (*reminded, error) {
	cycle, err := in.parse()
	if err != nil {
		return nil, err
	}
	round, err := s.round(ctx, in.askedAt, cycle, in.Body.Base, in.Body.Send)
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
	return &reminded{Body: page("reminders "+string(cycle), items, "")}, nil
}

func (s *server) endLink(ctx context.Context, in *endLink) (*nothingToSay, error) {
	if err := s.links.RevokeSurveyLink(ctx, in.ID, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return &nothingToSay{}, nil
}
