package node

import (
	"crypto/tls"
	"fmt"
	"path/filepath"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/respond"
	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store/sessions"
)

// SessionsFile keeps the signed-in people's sessions, beside the records.
const SessionsFile = "sessions.db"

// openForm makes the companies' form.
func (n *Node) openForm() (*respond.Form, error) {
	return respond.New(respond.Options{Region: n.region, Organisations: n.federation.Organisations(),
		Campaigns: n.federation.Campaigns(),
		Responses: n.federation.Responses(), Sharing: n.federation.Sharing(), Links: n.records.Links(),
		Federation: n, Editions: n.records.Editions(), Logger: n.options.Logger})
}

// openPages makes the pages and opens the file of their sessions, which Close
// closes. They hand the paths of the companies' form to it.
func (n *Node) openPages(desk *intake.Importer, office *letters.Mailer) (*web.Site, error) {
	sessions, err := sessions.Open(filepath.Join(n.options.Config.Dir, SessionsFile), n.options.Logger)
	if err != nil {
		return nil, fmt.Errorf("open the sessions: %w", err)
	}
	n.sessions = sessions
	f := n.federation
	return web.New(web.Options{
		Region: n.region, Organisations: f.Organisations(), OrganisationWriter: f.Organisations(), Campaigns: f.Campaigns(),
		CampaignWriter: f.Campaigns(), EligibleWriter: f.Campaigns(), Claims: f.Claims(), ClaimWriter: f.Claims(),
		Responses: f.Responses(), Records: n.records,
		Sharing: f.Sharing(), Takeovers: f.Takeovers(), Forms: n.exporter(),
		Totals: f.Totals(), Certification: f.Certification(), Proposals: f.Governance(),
		Reports: n.reports(), Federation: n, People: n.records.People(), Links: n.records.Links(), Sessions: sessions,
		Editions: n.records.Editions(), Imports: desk,
		Post: office, Respond: n.form, RespondURL: n.options.Config.Respond.URL, Logger: n.options.Logger,
	})
}

// serveRespond serves the companies' form alone, if it has a port of its own.
func (n *Node) serveRespond(certificate tls.Certificate) error {
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
	n.serve(tls.NewListener(listener, secure(certificate)), n.form, RespondPort)
	return nil
}
