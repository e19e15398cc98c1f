package api

import (
	"context"

	"github.com/ahsn-network/tracker/store/survey"
)

// Sponsoring says for whom a command is made: a licensed region that has no
// node yet and that this one records for. Empty: this region itself.
type Sponsoring struct {
	For string `json:"for,omitempty" maxLength:"16" doc:"Region without a node of its own that this one records for"`
}

// request is the command's request, in the name that it is made in.
func (s Sponsoring) request(ctx context.Context) (survey.Request, error) {
	r := request(ctx)
	if s.For == "" {
		return r, nil
	}
	region, err := parseRegion("body.for", s.For)
	if err != nil {
		return r, err
	}
	r.For = region
	return r, nil
}
