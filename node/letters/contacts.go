package letters

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Contacts are the people at companies whom the region knows. *store.Store implements it.
type Contacts interface {
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
}

// MayWrite reports whether the address may be written to about the organisation. It may not if a
// contact with it has opted out or withdrawn consent. An address of no known contact may be written
// to.
func (m *Mailer) MayWrite(id survey.Identifier, address string) (bool, error) {
	filter := store.RecordFilter{Kind: survey.RecordContacts, Organisation: id}
	for after := ""; ; {
		contacts, next, err := m.options.Contacts.Records(filter, after, 0)
		if err != nil {
			return false, fmt.Errorf("look whether %s may be written to: %w", id, err)
		}

		for _, c := range contacts {
			out, _ := c.Number("opted_out")
			same := strings.EqualFold(strings.TrimSpace(c.Text("email")), strings.TrimSpace(address))
			if same && (out != 0 || c.Text("consent") == "withdrawn") {
				return false, nil
			}
		}

		if after = next; after == "" {
			return true, nil
		}
	}
}
