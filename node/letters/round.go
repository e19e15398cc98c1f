package letters

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Sender is a mailer as a round needs it. *Mailer implements it.
type Sender interface {
	Sends() bool
	MayWrite(survey.Identifier, string) (bool, error)
	Send(context.Context, []Letter) []Delivery
}

// Links are the links of the companies' form. store.Links implements it.
type Links interface {
	SurveyLinks(survey.Cycle) ([]store.SurveyLink, error)
	RemindSurveyLink(ctx context.Context, id string, by uint64) (link store.SurveyLink, secret string, err error)
}

// Registry is this node's copy of the registry, as a round needs it.
type Registry interface {
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
	Organisation(survey.Identifier) (survey.Organisation, error)
}

// remindAgain is how long a company that got a reminder by mail gets no other: a round that was
// sent in parts, or twice, reminds nobody twice.
const remindAgain = 20 * time.Hour

// Round is one round of reminders in a survey.
type Round struct {
	Region   survey.Region
	Cycle    survey.Cycle
	Mailer   Sender
	Links    Links
	Registry Registry
	Base     string // public address of the companies' form
	Now      time.Time
	London   *time.Location
	By       uint64 // the actor who sends the round
	// With Mail the mail server sends the letters. Otherwise people send them, and the round has
	// all that are due.
	Mail bool
}

// Reminder is one company's letter with its own link. The link is shown only this once. Delivery is
// nil if people send the letter themselves.
type Reminder struct {
	Link     store.SurveyLink
	Company  string
	Address  string
	Letter   store.SurveyLetter
	Delivery *Delivery
}

// Due returns the links of the companies to remind, in the order in which they were made: those
// that have an address and have neither answered, declined nor opted out. With Mail it leaves out
// those that were reminded within remindAgain.
func (r Round) Due() ([]store.SurveyLink, error) {
	links, err := r.Links.SurveyLinks(r.Cycle)
	if err != nil {
		return nil, fmt.Errorf("find whom to remind: %w", err)
	}

	var due []store.SurveyLink
	for _, l := range links {
		claim, err := r.Registry.ClaimOf(r.Cycle, l.Organisation)
		if err != nil || !l.MayRemind(claim, r.Region, r.Now) {
			continue
		}

		// A person who sends letters by hand decides whom to remind twice; the mail server must not.
		if n := len(l.Reminders); r.Mail && n > 0 && r.Now.Sub(l.Reminders[n-1]) < remindAgain {
			continue
		}

		may, err := r.Mailer.MayWrite(l.Organisation, l.Email)
		if err != nil {
			return nil, err
		}
		if may {
			due = append(due, l)
		}
	}

	return due, nil
}

// Remind makes a letter for every company that is due, with Mail at most MaxLetters, and sends them
// with Mail. Each letter holds a new secret; earlier secrets stay valid.
func (r Round) Remind(ctx context.Context) ([]Reminder, error) {
	due, err := r.Due()
	if err != nil {
		return nil, err
	}

	if r.Mail && len(due) > MaxLetters {
		due = due[:MaxLetters]
	}

	var reminders []Reminder
	for _, l := range due {
		organisation, err := r.Registry.Organisation(l.Organisation)
		if err != nil {
			return nil, fmt.Errorf("remind %s: %w", l.Organisation, err)
		}

		link, secret, err := r.Links.RemindSurveyLink(ctx, l.ID, r.By)
		if errors.Is(err, survey.ErrInvalid) {
			continue // the company answered, or the link ended, meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("remind %s: %w", l.Organisation, err)
		}
		reminders = append(reminders, r.write(link, organisation, secret, true))
	}

	if r.Mail {
		r.Post(ctx, reminders)
	}
	return reminders, nil
}

// Invitation makes the first letter with a link.
func (r Round) Invitation(link store.SurveyLink, o survey.Organisation, secret string) Reminder {
	return r.write(link, o, secret, false)
}

func (r Round) write(link store.SurveyLink, o survey.Organisation, secret string, again bool) Reminder {
	address := strings.TrimSuffix(r.Base, "/") + "/respond/" + secret
	return Reminder{Link: link, Company: o.Name, Address: address,
		Letter: link.Letter(r.Region, o.Name, address, link.Expires.In(r.London).Format("2 January 2006"), again)}
}

// Post sends the letters and sets the outcome of each.
func (r Round) Post(ctx context.Context, reminders []Reminder) {
	letters := make([]Letter, len(reminders))
	for i, m := range reminders {
		letters[i] = Letter{Organisation: m.Link.Organisation, To: m.Link.Email, Subject: m.Letter.Subject,
			Body: m.Letter.Body}
	}

	for i, d := range r.Mailer.Send(ctx, letters) {
		reminders[i].Delivery = &d
	}
}
