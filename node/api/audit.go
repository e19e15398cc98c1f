package api

import (
	"context"
	"strconv"

	"github.com/ahsn-network/tracker/store"
)

// AuditReader reads the node's own audit log, oldest first: *store.Store has it.
// The following page begins after next; next is 0 at the end.
type AuditReader interface {
	Audit(after uint64, limit int) (entries []store.AuditEntry, next uint64, err error)
}

type (
	listAudit struct{ Paging }
	auditPage struct{ Body Page[store.AuditEntry] }
)

// auditHandlers read the audit log.
type auditHandlers struct{ audit AuditReader }

func (h auditHandlers) list(_ context.Context, in *listAudit) (*auditPage, error) {
	text, err := decodeCursor("audit", in.Cursor)
	if err != nil {
		return nil, err
	}

	var after uint64
	if text != "" {
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			return nil, invalidField("query.cursor", "it is not a cursor of this list")
		}
	}

	entries, next, err := h.audit.Audit(after, in.Limit)
	if err != nil {
		return nil, err
	}

	// The numbers begin at 1, so 0 can mean the end.
	more := ""
	if next > 0 {
		more = strconv.FormatUint(next, 10)
	}
	return &auditPage{Body: page("audit", entries, more)}, nil
}
