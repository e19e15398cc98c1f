package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Buckets of the links with which companies answer for themselves.
const (
	linksBucket       boltfile.Bucket = "links"        // id
	linkSecretsBucket boltfile.Bucket = "link-secrets" // SHA-256 of a secret -> id
	linkPlacesBucket  boltfile.Bucket = "link-places"  // cycle/organisation -> id of the newest link
	draftsBucket      boltfile.Bucket = "drafts"       // id of the link
)

// Links are the links with which companies answer for themselves, and their drafts. All methods are
// safe for concurrent use; the errors of writes are those of [Store].
type Links struct{ store *Store }

// Links returns the links of this region's companies.
func (s *Store) Links() Links { return Links{s} }

// linkTx is a transaction on the links and the drafts under them.
type linkTx struct{ *txn }

func (t *txn) links() linkTx { return linkTx{t} }

// ErrLinkEnded says that the secret is right, but its link was revoked or has expired.
var ErrLinkEnded = errors.New("the link has ended")

// LinkStage is a company's progress. A later stage includes the earlier ones.
type LinkStage string

const (
	LinkSent     LinkStage = "sent"
	LinkOpened   LinkStage = "opened"
	LinkBegun    LinkStage = "begun"
	LinkComplete LinkStage = "complete"
)

// SurveyLink lets one company answer one campaign without an account. Email and Contact are
// personal data and never leave the node. Only the SHA-256 of its secrets is kept; each reminder
// adds a secret, and the older ones stay good, because a colleague may open the first e-mail.
// Consent says whether the company lets the AHSNs that supported it see its answers.
type SurveyLink struct {
	ID           string            `json:"id" cbor:"1,keyasint"`
	Cycle        survey.Cycle      `json:"cycle" cbor:"2,keyasint"`
	Organisation survey.Identifier `json:"organisation" cbor:"3,keyasint"`
	Email        string            `json:"email,omitempty" cbor:"4,keyasint,omitempty"`
	Contact      string            `json:"contact,omitempty" cbor:"5,keyasint,omitempty"`
	Actor        uint64            `json:"actor" cbor:"6,keyasint"` // the link's own, for the answers given with it
	By           uint64            `json:"by" cbor:"7,keyasint"`
	Created      time.Time         `json:"created" cbor:"8,keyasint"`
	Expires      time.Time         `json:"expires" cbor:"9,keyasint"`
	Revoked      time.Time         `json:"revoked,omitzero" cbor:"10,keyasint"`
	Opened       time.Time         `json:"opened,omitzero" cbor:"11,keyasint"`
	Begun        time.Time         `json:"begun,omitzero" cbor:"12,keyasint"`
	Complete     time.Time         `json:"complete,omitzero" cbor:"13,keyasint"`
	Reminders    []time.Time       `json:"reminders,omitempty" cbor:"14,keyasint,omitempty"`
	Consent      bool              `json:"consent,omitempty" cbor:"15,keyasint,omitempty"`
	Hashes       [][]byte          `json:"-" cbor:"16,keyasint"`
}

// Stage returns the company's progress.
func (l SurveyLink) Stage() LinkStage {
	switch {
	case !l.Complete.IsZero():
		return LinkComplete
	case !l.Begun.IsZero():
		return LinkBegun
	case !l.Opened.IsZero():
		return LinkOpened
	}
	return LinkSent
}

// Good reports whether the link may still be used at the given time.
func (l SurveyLink) Good(now time.Time) bool { return l.Revoked.IsZero() && now.Before(l.Expires) }

// Bounds of links and drafts.
const (
	maxLinkSecrets = 12
	maxLinkLife    = 400 * 24 * time.Hour
	maxDraftBytes  = 64 << 10
	maxContact     = 200
)

// NewSurveyLink asks for a link. By is the asking actor.
type NewSurveyLink struct {
	Cycle        survey.Cycle
	Organisation survey.Identifier
	Email        string
	Contact      string
	Expires      time.Time
	By           uint64
}

// CreateSurveyLink makes a link and returns its secret. The secret is not kept and cannot be shown
// again. An earlier link for the same company and campaign stays good until it is revoked. It
// returns an error wrapping survey.ErrInvalid for a faulty address or time.
func (l Links) CreateSurveyLink(ctx context.Context, request NewSurveyLink) (
	link SurveyLink, secret string, err error) {
	now := time.Now().UTC().Round(0)
	var hash []byte
	if err = request.check(now); err == nil {
		secret, hash, err = newSecret("")
	}
	if err == nil {
		err = l.store.write(ctx, func(t *txn) (err error) {
			link, err = t.links().create(request, hash, now)
			return err
		})
	}
	if err != nil {
		return SurveyLink{}, "", fmt.Errorf("make a survey link: %w", err)
	}
	return link, secret, nil
}

func (t linkTx) create(request NewSurveyLink, hash []byte, now time.Time) (SurveyLink, error) {
	organisation, err := t.canonical(request.Organisation)
	if err != nil {
		return SurveyLink{}, err
	}
	// Links, people and tokens share one sequence, so that no two have the same actor.
	actor, err := t.Next(tokensBucket)
	if err != nil {
		return SurveyLink{}, err
	}
	link := SurveyLink{ID: strconv.FormatUint(actor, 10), Cycle: request.Cycle, Organisation: organisation,
		Email: strings.TrimSpace(request.Email), Contact: strings.TrimSpace(request.Contact), Actor: actor,
		By: request.By, Created: now, Expires: request.Expires.UTC().Round(0), Hashes: [][]byte{hash}}

	for _, step := range []func() error{
		func() error { return t.Put(linkSecretsBucket, hash, link.ID) },
		func() error { return t.Put(linkPlacesBucket, recordKey(link.Cycle, organisation), link.ID) },
		func() error { return t.Put(linksBucket, []byte(link.ID), link) },
		func() error { return t.adoptDraft(link) },
	} {
		if err := step(); err != nil {
			return SurveyLink{}, err
		}
	}
	return link, t.auditChange(occasion{at: now, actor: request.By}, "link.create", "link/"+link.ID,
		string(recordKey(link.Cycle, organisation)))
}

func (n NewSurveyLink) check(now time.Time) error {
	if err := checkKey(n.Cycle, n.Organisation); err != nil {
		return err
	}
	if email := strings.TrimSpace(n.Email); email != "" {
		address, err := mail.ParseAddress(email)
		odd := len(email) > maxContact || strings.ContainsFunc(email, unicode.IsControl)
		if err != nil || address.Address != email || odd {
			return fmt.Errorf("%w: the e-mail address is not one", survey.ErrInvalid)
		}
	}
	switch {
	case utf8.RuneCountInString(n.Contact) > maxContact || !utf8.ValidString(n.Contact) ||
		strings.ContainsFunc(n.Contact, unicode.IsControl):
		return fmt.Errorf("%w: the contact's name is longer than %d characters or holds control characters",
			survey.ErrInvalid, maxContact)
	case !n.Expires.After(now):
		return fmt.Errorf("%w: the link would have expired already", survey.ErrInvalid)
	case n.Expires.Sub(now) > maxLinkLife:
		return fmt.Errorf("%w: a link lasts at most 400 days", survey.ErrInvalid)
	}
	return nil
}

// SurveyLinkBySecret returns the link with that secret. It returns ErrUnauthenticated if there is
// none, and ErrLinkEnded with the link if it was revoked or has expired.
func (l Links) SurveyLinkBySecret(secret string) (SurveyLink, error) {
	if len(secret) != secretBytes*8/5 {
		return SurveyLink{}, ErrUnauthenticated
	}
	hash := sha256.Sum256([]byte(secret))
	link, found, err := oneBy[SurveyLink](l.store, linkSecretsBucket, hash[:], linksBucket)
	if found && err == nil {
		err = l.store.view(func(t *txn) (err error) {
			link.Organisation, err = t.canonical(link.Organisation)
			return err
		})
	}
	switch {
	case err != nil:
		return SurveyLink{}, fmt.Errorf("look up a survey link: %w", err)
	case !found:
		return SurveyLink{}, ErrUnauthenticated
	case !link.Good(time.Now()):
		return link, ErrLinkEnded
	}
	return link, nil
}

// SurveyLinks returns the links of the cycle, ended ones too, oldest first.
func (l Links) SurveyLinks(cycle survey.Cycle) ([]SurveyLink, error) {
	links, err := read(l.store, func(t *txn) ([]SurveyLink, error) {
		return boltfile.Select(t.Tx, linksBucket, "", func(link *SurveyLink) bool { return link.Cycle == cycle })
	}, "list the survey links of %s", cycle)
	slices.SortFunc(links, func(a, b SurveyLink) int { return cmp.Compare(a.Actor, b.Actor) })
	return links, err
}

// SurveyLinkOf returns the company's newest link, or an error wrapping survey.ErrNotFound.
func (l Links) SurveyLinkOf(cycle survey.Cycle, id survey.Identifier) (SurveyLink, error) {
	return read(l.store, func(t *txn) (link SurveyLink, err error) {
		id, err := t.canonical(id)
		if err != nil {
			return link, err
		}
		var newest string
		if err := t.Need(linkPlacesBucket, recordKey(cycle, id), &newest); err != nil {
			return link, err
		}
		err = t.Need(linksBucket, []byte(newest), &link)
		return link, err
	}, "survey link of %s for %s", id, cycle)
}

// changeLink changes a link and appends an audit entry. change reports whether to write.
func (l Links) changeLink(ctx context.Context, id string, by uint64, action string,
	change func(*txn, *SurveyLink, time.Time) (bool, error)) (SurveyLink, error) {
	link, err := changeOf(ctx, l.store, linksBucket, id, by, action, change)
	if err != nil {
		return SurveyLink{}, fmt.Errorf("%s %q: %w", action, clipID(id), err)
	}
	return link, nil
}

// RevokeSurveyLink ends the link with all its secrets. Revoking it again changes nothing. An
// unknown id is survey.ErrNotFound.
func (l Links) RevokeSurveyLink(ctx context.Context, id string, by uint64) error {
	_, err := l.changeLink(ctx, id, by, "link.revoke", func(_ *txn, l *SurveyLink, now time.Time) (bool, error) {
		if !l.Revoked.IsZero() {
			return false, nil
		}
		l.Revoked = now
		return true, nil
	})
	return err
}

// RemindSurveyLink adds a secret to the link for a reminder and returns it. It returns an error
// wrapping survey.ErrInvalid for a link that is complete or has ended, or was reminded too often.
func (l Links) RemindSurveyLink(ctx context.Context, id string, by uint64) (SurveyLink, string, error) {
	secret, hash, err := newSecret("")
	if err != nil {
		return SurveyLink{}, "", fmt.Errorf("remind: %w", err)
	}

	link, err := l.changeLink(ctx, id, by, "link.remind", func(t *txn, l *SurveyLink, now time.Time) (bool, error) {
		switch {
		case !l.Complete.IsZero():
			return false, fmt.Errorf("%w: the company has answered", survey.ErrInvalid)
		case !l.Good(now):
			return false, fmt.Errorf("%w: the link has ended: make a new one", survey.ErrInvalid)
		case len(l.Hashes) >= maxLinkSecrets:
			return false, fmt.Errorf("%w: the company was reminded %d times: telephone instead",
				survey.ErrInvalid, len(l.Reminders))
		}

		l.Hashes = append(l.Hashes, hash)
		l.Reminders = append(l.Reminders, now)
		return true, t.Put(linkSecretsBucket, hash, l.ID)
	})

	if err != nil {
		return SurveyLink{}, "", err
	}
	return link, secret, nil
}

// MarkSurveyLink records that the company has reached the stage, with the time of the first call,
// and for a complete one whether the company consents. A stage that was reached before changes
// nothing but the consent.
func (l Links) MarkSurveyLink(ctx context.Context, id string, stage LinkStage, consent bool) error {
	link, err := oneOf[SurveyLink](l.store, linksBucket, "survey link", id)
	if err != nil {
		return err
	}

	// Before the write: a company opens its link often, and each write costs an fsync.
	if stage != LinkComplete && link.reached(stage) {
		return nil
	}

	mark := func(_ *txn, l *SurveyLink, now time.Time) (bool, error) {
		if l.reached(stage) && (stage != LinkComplete || l.Consent == consent) {
			return false, nil
		}

		// A later stage includes the earlier ones, even if their calls were lost.
		for _, step := range []struct {
			stage LinkStage
			at    *time.Time
		}{{LinkOpened, &l.Opened}, {LinkBegun, &l.Begun}, {LinkComplete, &l.Complete}} {
			if step.at.IsZero() {
				*step.at = now
			}
			if step.stage == stage {
				break
			}
		}

		l.Consent = stage == LinkComplete && consent
		return true, nil
	}
	_, err = l.changeLink(ctx, id, link.Actor, "link."+string(stage), mark)
	return err
}

func (l SurveyLink) reached(stage LinkStage) bool {
	switch stage {
	case LinkOpened:
		return !l.Opened.IsZero()
	case LinkBegun:
		return !l.Begun.IsZero()
	case LinkComplete:
		return !l.Complete.IsZero()
	}
	return true
}
