package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/respond"
	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store/sessions"
	"github.com/ahsn-network/tracker/store/survey"
)

// SessionsFile keeps who is signed in, beside the records.
const SessionsFile = "sessions.db"

// openForm makes the companies' form.
func (n *Node) openForm() (*respond.Form, error) {
	return respond.New(respond.Options{Region: n.region, Organisations: n.federation.Registry(), Campaigns: n.federation.Registry(),
		Responses: answers{n.federation, n.records}, Sharing: n.federation, Links: n.records.Links(), Federation: n, Editions: n.records.Editions(), Logger: n.options.Logger})
}

// openPages makes the pages and opens the file of their sessions, which Close
// closes. They hand the paths of the companies' form to it.
func (n *Node) openPages(desk *intake.Importer, office *letters.Mailer, form *respond.Form) (*web.Site, error) {
	sessions, err := sessions.Open(filepath.Join(n.options.Config.Dir, SessionsFile), n.options.Logger)
	if err != nil {
		return nil, fmt.Errorf("open the sessions: %w", err)
	}
	n.sessions = sessions
	registry := n.federation.Registry()
	return web.New(web.Options{
		Region: n.region, Organisations: registry, OrganisationWriter: registry, Campaigns: registry,
		CampaignWriter: registry, EligibleWriter: registry, Claims: registry, ClaimWriter: registry,
		Responses: answers{n.federation, n.records}, Records: n.records,
		Sharing: n.federation, Takeovers: takeovers{n.federation}, Forms: n.exporter(),
		Totals: n.years(), Certification: n.years(), Proposals: n.years(), Reports: n.reports(), Federation: n, People: n.records.People(), Links: n.records.Links(), Sessions: sessions, Editions: n.records.Editions(), Imports: desk,
		Post: office, Respond: form, RespondURL: n.options.Config.Respond.URL, Logger: n.options.Logger,
	})
}

// takeovers tells the pages apart what a former holder's node said from its
// silence.
type takeovers struct{ federation *federation.Federation }

// Takeovers lists what can be taken over; see federation.Takeovers.
func (t takeovers) Takeovers(cycle survey.Cycle) ([]survey.TakeoverOffer, error) {
	return t.federation.Takeovers(cycle)
}

// FormerHolder is the region that held a company of ours before.
func (t takeovers) FormerHolder(cycle survey.Cycle, id survey.Identifier) (survey.Region, error) {
	return t.federation.FormerHolder(cycle, id)
}

// TakeOver asks the former holder; see federation.TakeOver.
func (t takeovers) TakeOver(ctx context.Context, request survey.Request, cycle survey.Cycle, id survey.Identifier) (survey.Takeover, error) {
	taken, err := t.federation.TakeOver(ctx, request, cycle, id)
	var said *link.CallError
	switch {
	case errors.As(err, &said):
		err = &survey.Refusal{Code: survey.RefusalCode(said.Code), Detail: said.Message}
	case errors.Is(err, link.ErrUnreachable), errors.Is(err, link.ErrInterrupted), errors.Is(err, context.DeadlineExceeded):
		err = fmt.Errorf("%w: %w", web.ErrRegionAway, err)
	}
	return taken, err
}

// serveRespond serves the companies' form alone, if it has a port of its own.
func (n *Node) serveRespond(form *respond.Form, certificate tls.Certificate) error {
	listener := n.listeners[RespondPort]
	if listener == nil {
		return nil
	}
	if c := n.options.Config.Respond; c.CertFile != "" {
		var err error
		if certificate, err = tls.LoadX509KeyPair(c.CertFile, c.KeyFile); err != nil {
			return fmt.Errorf("read the certificate of the companies' form: %w", err)
		}
	}
	n.serve(tls.NewListener(listener, secure(certificate)), form, RespondPort)
	return nil
}
