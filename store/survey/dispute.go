package survey

import (
	"fmt"
	"strings"
)

// Tables says in words which regions co-signed which table, the first table
// first: "gm, otv: 9b2d0bcc; wessex: 1f00ab12".
func (r Revision) Tables() string {
	var order [][32]byte
	by := map[[32]byte][]Region{}
	for _, c := range r.CoSigned {
		if by[c.Table] == nil {
			order = append(order, c.Table)
		}
		by[c.Table] = append(by[c.Table], c.Region)
	}

	parts := mapped(order, func(table [32]byte) string { return fmt.Sprintf("%s: %x", List(by[table]), table[:4]) })
	return strings.Join(parts, "; ")
}
