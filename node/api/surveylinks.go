package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// SurveyLinks are the one-time links by which companies answer for themselves:
// *store.Store has them.
type SurveyLinks interface {
	CreateSurveyLink(context.Context, store.NewSurveyLink) (link store.SurveyLink, secret string, err error)
	SurveyLinks(survey.Cycle) ([]store.SurveyLink, error)
	RevokeSurveyLink(ctx context.Context, id string, by uint64) error
	RemindSurveyLink(ctx context.Context, id string, by uint64) (link store.SurveyLink, secret string, err error)
}

// NewSurveyLink asks for a link of a company that this region holds. Base is
// the public address of the companies' form, such as
// https://survey.example.org. Without Expires it ends two weeks after the
// survey closes.
type NewSurveyLink struct {
	Organisation string    `json:"organisation" maxLength:"80" example:"GB-COH:07209813"`
	Email        string    `json:"email,omitempty" maxLength:"200"`
	Contact      string    `json:"contact,omitempty" maxLength:"200"`
	Base         string    `json:"base" maxLength:"200" example:"https://survey.example.org"`
	Expires      time.Time `json:"expires,omitzero"`
}

// IssuedSurveyLink is a link with its address, which is shown this once, and a
// letter that is ready to be sent.
type IssuedSurveyLink struct {
	store.SurveyLink
	Company string             `json:"company"`
	Address string             `json:"address"`
	Letter  store.SurveyLetter `json:"letter"`
}

type (
	createLink struct {
		CyclePath
		Body NewSurveyLink
	}
	linkIssued struct{ Body IssuedSurveyLink }
	listLinks  struct{ CyclePath }
	linksPage  struct{ Body Page[store.SurveyLink] }
	remindAll  struct {
		CyclePath
		Body struct {
			Base string `json:"base" maxLength:"200" example:"https://survey.example.org"`
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
	if s.links == nil {
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
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return nil, fmt.Errorf("make a survey link: %w", err)
	}
	expires := cmp.Or(in.Body.Expires, store.SurveyLinkExpiry(campaign, time.Now(), london))
	link, secret, err := s.links.CreateSurveyLink(ctx, store.NewSurveyLink{Cycle: cycle, Organisation: organisation.ID, Email: in.Body.Email,
		Contact: in.Body.Contact, Expires: expires, By: caller(ctx).Actor})
	if err != nil {
		return nil, err
	}
	return &linkIssued{Body: s.issued(link, organisation, in.Body.Base, secret, london, false)}, nil
}

func (s *server) issued(link store.SurveyLink, o survey.Organisation, base, secret string, london *time.Location, reminder bool) IssuedSurveyLink {
	address := strings.TrimSuffix(base, "/") + "/respond/" + secret
	return IssuedSurveyLink{SurveyLink: link, Company: o.Name, Address: address,
		Letter: link.Letter(s.region, o.Name, address, link.Expires.In(london).Format("2 January 2006"), reminder)}
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
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		return nil, fmt.Errorf("remind: %w", err)
	}
	links, err := s.links.SurveyLinks(cycle)
	if err != nil {
		return nil, err
	}
	var letters []IssuedSurveyLink
	for _, l := range links {
		claim, err := s.registry.ClaimOf(cycle, l.Organisation)
		if err != nil || !l.MayRemind(claim, s.region, time.Now()) {
			continue
		}
		organisation, err := s.registry.Organisation(l.Organisation)
		if err != nil {
			return nil, err
		}
		link, secret, err := s.links.RemindSurveyLink(ctx, l.ID, caller(ctx).Actor)
		if errors.Is(err, survey.ErrInvalid) {
			continue // it was answered or ended meanwhile
		}
		if err != nil {
			return nil, err
		}
		letters = append(letters, s.issued(link, organisation, in.Body.Base, secret, london, true))
	}
	return &reminded{Body: page("reminders "+string(cycle), letters, "")}, nil
}

func (s *server) endLink(ctx context.Context, in *endLink) (*nothingToSay, error) {
	if err := s.links.RevokeSurveyLink(ctx, in.ID, caller(ctx).Actor); err != nil {
		return nil, err
	}
	return &nothingToSay{}, nil
}
