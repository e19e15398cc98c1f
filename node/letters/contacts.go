package letters

import (
	"fmt"
	"strings"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Contacts are the people whom the region knows at companies: *store.Store has
// them.
type Contacts interface {
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
}

// MayWrite reports whether the address may be written to about the
// organisation: it may not once a contact with it opted out or withdrew
// consent. An address that is no contact's may.
func (m *Mailer) MayWrite(id survey.Identifier, address string) (bool, error) {
	for after := ""; ; {
		contacts, next, err := m.options.Contacts.Records(store.RecordFilter{Kind: survey.RecordContacts, Organisation: id}, after, 0)
		if err != nil {
			return false, fmt.Errorf("look whether %s may be written to: %w", id, err)
		}
		for _, c := range contacts {
			out, _ := c.Number("opted_out")
			if strings.EqualFold(strings.TrimSpace(c.Text("email")), strings.TrimSpace(address)) && (out != 0 || c.Text("consent") == "withdrawn") {
				return false, nil
			}
		}
		if after = next; after == "" {
			return true, nil
		}
	}
}
