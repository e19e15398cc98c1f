package survey

import (
	"fmt"
	"strings"
)

// Tables says in words which regions co-signed which table, the first table
// first: "gm, otv: 9b2d0bcc; wessex: 1f00ab12".
func (r Revision) Tables() string {
	var order [][32]byte
	by := map[[32]byte][]string{}
	for _, c := range r.CoSigned {
		if by[c.Table] == nil {
			order = append(order, c.Table)
		}
		by[c.Table] = append(by[c.Table], string(c.Region))
	}
	parts := make([]string, len(order))
	for i, table := range order {
		parts[i] = fmt.Sprintf("%s: %x", strings.Join(by[table], ", "), table[:4])
	}
	return strings.Join(parts, "; ")
}
