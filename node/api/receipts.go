package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/ahsn-network/tracker/store/survey"
)

// ReceiptMaker proves a decision about a claim: number names it, 0 the claim's
// last change. It returns the receipt in JSON, byte for byte as it is verified,
// or an error wrapping survey.ErrNotFound.
type ReceiptMaker interface {
	Receipt(ctx context.Context, cycle survey.Cycle, id survey.Identifier, number uint64) ([]byte, error)
	// ReceiptOf proves any decision that binds the nation, in the same form.
	ReceiptOf(ctx context.Context, number uint64) ([]byte, error)
}

var receiptQuery = [][2]string{{"number", "The decision to prove, by its token; the claim's last change if absent"}}

// getReceipt answers with the receipt's own bytes: read and written again they
// would not verify.
func (s *server) getReceipt(w http.ResponseWriter, r *http.Request) error {
	path := ClaimPath{CyclePath: CyclePath{Cycle: r.PathValue("cycle")}, Organisation: r.PathValue("organisation")}
	cycle, id, err := path.parse()
	if err != nil {
		return err
	}
	number := uint64(0)
	if text := r.URL.Query().Get("number"); text != "" {
		if number, err = strconv.ParseUint(text, 10, 63); err != nil {
			return invalidField("query.number", "write the token of a decision, digits only")
		}
	}
	text, err := s.registry.Receipt(r.Context(), cycle, id, number)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(text)
	return err
}

// getReceiptOf answers with the receipt's own bytes too.
func (s *server) getReceiptOf(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 63)
	if err != nil {
		return invalidField("path.number", "write the number of a decision, digits only")
	}
	text, err := s.registry.ReceiptOf(r.Context(), number)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(text)
	return err
}
