package node

import (
	"fmt"
	"path/filepath"

	"github.com/ahsn-network/tracker/node/web"
	"github.com/ahsn-network/tracker/store"
)

// SessionsFile keeps who is signed in, beside the records.
const SessionsFile = "sessions.db"

// openPages makes the pages and opens the file of their sessions, which Close
// closes.
func (n *Node) openPages() (*web.Site, error) {
	sessions, err := store.OpenSessions(filepath.Join(n.options.Config.Dir, SessionsFile), n.options.Logger)
	if err != nil {
		return nil, fmt.Errorf("open the sessions: %w", err)
	}
	n.sessions = sessions
	return web.New(web.Options{
		Region: n.region, Registry: n.federation.Registry(), Responses: answers{n.federation, n.records}, Figures: n.records,
		Totals: n.federation.Totals(), Federation: n, People: n.records, Links: n.records, Sessions: sessions, Logger: n.options.Logger,
	})
}
