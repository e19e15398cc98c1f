// Package node is one region's running node: it opens the region's own
// records, its part in the federation, the people's port and the operator's
// port in that order, and closes them in reverse.
//
// Imports config, federation, federation/disclosure, federation/identity, federation/totals,
// node/api, node/backup, node/intake, node/letters, node/report, node/respond, node/web,
// node/workbook, store, store/companieshouse, store/sessions, store/survey.
package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/config"
	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/node/backup"
	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/node/letters"
	"github.com/ahsn-network/tracker/node/respond"
	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/companieshouse"
	"github.com/ahsn-network/tracker/store/sessions"
	"github.com/ahsn-network/tracker/store/survey"
)

// Names of a node's files in its directory, beside the settings file.
const (
	KeyFile     = "node.key"
	RecordsFile = "records.db"
	TokenFile   = "admin.token"
)

// Bounds of the people's and the operator's port.
const (
	readHeaderTimeout = 10 * time.Second
	idleTimeout       = 2 * time.Minute
	headerBytes       = 64 << 10
	shutdownTimeout   = 5 * time.Second
)

// Options of a node.
type Options struct {
	Config  config.Config
	Version string
	Logger  *slog.Logger
}

// Node is one region's running node.
type Node struct {
	options    Options
	log        *slog.Logger
	region     survey.Region
	started    time.Time
	records    *store.Store
	federation *federation.Federation
	sessions   *sessions.Sessions
	backups    *backup.Service
	pages      *web.Site
	form       *respond.Form
	register   *companieshouse.Lookup
	servers    []*http.Server
	listeners  map[string]net.Listener
	owned      sync.WaitGroup
	key        *identity.Key
	rotating   chan struct{} // held while the key changes
	failed     chan error
	closing    chan struct{} // closed when Close begins
	closed     sync.Once
}

// Open starts the node that the configuration describes and returns when all
// its ports answer; it does not wait for a leader. Errors name the file or the
// address, and nothing is left running.
func Open(options Options) (*Node, error) {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	region, err := survey.ParseRegion(options.Config.Region)
	if err != nil {
		return nil, fmt.Errorf("open the node in %s: %w", options.Config.Dir, err)
	}
	n := &Node{
		options: options, log: options.Logger.With("component", "node"), region: region,
		started: time.Now().UTC(), listeners: map[string]net.Listener{},
		failed: make(chan error, 4), rotating: make(chan struct{}, 1), closing: make(chan struct{}),
	}

	if err := n.open(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	n.log.Info("the node is open", "region", region, "people", n.Addr(PeoplePort), "nodes", n.Addr(NodePort),
		"operator", n.Addr(OperatorPort))
	return n, nil
}

// The node's ports.
const (
	NodePort     = "node"
	PeoplePort   = "people"
	OperatorPort = "operator"
	// RespondPort serves the companies' form alone. Most nodes have none.
	RespondPort = "respond"
)

// Addr returns the address that one of the ports listens on.
func (n *Node) Addr(port string) string {
	if l := n.listeners[port]; l != nil {
		return l.Addr().String()
	}
	return ""
}

// Failed yields the error of a port that stopped serving by itself.
func (n *Node) Failed() <-chan error { return n.failed }

func (n *Node) open() error {
	c := n.options.Config
	var err error
	if n.records, err = openRecords(c.Dir, n.region, n.options.Logger); err != nil {
		return err
	}

	key, err := loadKey(c.Dir, n.region)
	if err != nil {
		return fmt.Errorf("open the node's key: %w", err)
	}
	n.key = key

	for port, address := range map[string]string{
		NodePort: c.NodeListen, PeoplePort: c.Listen, OperatorPort: c.OperatorListen, RespondPort: c.Respond.Listen,
	} {
		if address == "" {
			continue
		}
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("open the %s port: %w: is another program using it? set another address in %s",
				port, err, c.Path())
		}
		n.listeners[port] = listener
	}

	// The ports are taken first: a node that cannot be reached must not take part.
	n.federation, err = federation.Open(federation.Options{
		Dir: c.Dir, Region: n.region, Key: key, Records: n.records, Listener: n.listeners[NodePort],
		Advertise: advertised(c), Version: n.options.Version, Logger: n.options.Logger,
	})
	if err != nil {
		return err
	}
	n.owned.Go(n.followKey)
	return n.openSurfaces()
}

// openSurfaces starts the people's and the operator's port, and the companies'
// if there is one.
func (n *Node) openSurfaces() error {
	desk, err := n.openDesk()
	if err != nil {
		return err
	}

	office, err := n.openPost()
	if err != nil {
		return err
	}

	if n.form, err = n.openForm(); err != nil {
		return err
	}
	if n.pages, err = n.openPages(desk, office); err != nil {
		return err
	}

	people, err := n.peopleHandler(desk, office)
	if err != nil {
		return err
	}

	certificate, err := n.certificate()
	if err != nil {
		return err
	}
	if err := n.serveRespond(certificate); err != nil {
		return err
	}

	// Nothing is served before everything is open.
	n.serve(tls.NewListener(n.listeners[PeoplePort], secure(certificate)), people, PeoplePort)
	n.serve(n.listeners[OperatorPort], n.operatorHandler(), OperatorPort)
	return nil
}

func secure(certificate tls.Certificate) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate},
		NextProtos: []string{"h2", "http/1.1"}}
}

func (n *Node) peopleHandler(desk *intake.Importer, office *letters.Mailer) (http.Handler, error) {
	if err := n.openBackups(); err != nil {
		return nil, err
	}
	nation, figures, own := n.nation(), n.federation.Totals(), n.answers()
	surface, err := api.New(api.Options{
		Region: n.region, Version: n.options.Version,

		Replica: nation, Organisations: nation, OrganisationLife: nation, Campaigns: nation, EligibleSets: nation,
		Claims: nation, Receipts: nation, Innovations: nation, Changes: nation,

		Status: n, Governor: n, Totals: figures, PublicTables: figures, SummaryHeads: figures,
		Summaries: summaries{n.federation.Totals()}, Takeovers: own,

		Responses: own, Records: n.records, Areas: n.records, Imports: desk, Lists: desk, Uploads: desk,
		Exporter: n.exporter(), Eraser: n.records.Privacy(), Checker: n.records, Tokens: n.records.People(),

		Backups: backups{n.backups}, Users: n.records.People(), Links: n.records.Links(), Mailer: office,
		Companies: n.openRegister(), Workbook: n.workbook(), Audit: n.records, Reports: n.reports(),
		Certifier: certifier{n.federation.Certification(), n.federation, n.region},

		Editions: n.records.Editions(), RespondURL: n.options.Config.Respond.URL, Logger: n.options.Logger,
	})
	if err != nil {
		return nil, err
	}

	mux := http.NewServeMux()
	mux.Handle(api.Prefix+"/", surface)
	mux.Handle("/", n.pages)
	return mux, nil
}

// certificate returns the people's port's certificate: the organisation's own
// if the settings name one, otherwise one that the node makes for itself.
func (n *Node) certificate() (tls.Certificate, error) {
	c := n.options.Config
	certFile, keyFile := c.TLS.CertFile, c.TLS.KeyFile
	if certFile == "" {
		if err := EnsureCertificate(c.Dir, certificateHosts(c)); err != nil {
			return tls.Certificate{}, err
		}
		certFile, keyFile = filepath.Join(c.Dir, CertificateFile), filepath.Join(c.Dir, PrivateKeyFile)
	}

	// The settings name the organisation's own certificate, or the node has made one.
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("read the people's certificate: %w", err)
	}
	return certificate, nil
}

func (n *Node) serve(listener net.Listener, handler http.Handler, port string) {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(n.options.Logger.With("component", port).Handler(), slog.LevelDebug),
	}
	n.servers = append(n.servers, server)

	n.owned.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			n.failed <- fmt.Errorf("the %s port stopped: %w", port, err)
		}
	})
}

// Close undoes Open in reverse: it stops taking requests, hands leadership
// over, leaves gossip and closes the records last. It waits for all of it.
func (n *Node) Close() error {
	n.closed.Do(func() { close(n.closing) })
	var errs []error
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()

	// Requests end before the parts that serve them.
	for i := len(n.servers) - 1; i >= 0; i-- {
		if err := n.servers[i].Shutdown(ctx); err != nil {
			errs = append(errs, n.servers[i].Close())
		}
	}
	if n.federation != nil {
		errs = append(errs, n.federation.Close())
	}
	for _, listener := range n.listeners {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	n.owned.Wait()

	// The records are closed last: the other parts write to them until they end.
	if n.backups != nil {
		errs = append(errs, n.backups.Close())
	}
	if n.sessions != nil {
		errs = append(errs, n.sessions.Close())
	}
	if n.register != nil {
		errs = append(errs, n.register.Close())
	}
	if n.records != nil {
		errs = append(errs, n.records.Close())
	}
	return errors.Join(errs...)
}
