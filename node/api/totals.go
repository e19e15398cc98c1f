package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// Totals answers national totals. An error with the method Partial() says that
// fewer regions are in than were required.
type Totals interface {
	National(context.Context, survey.TotalsQuery) (survey.Totals, error)
}

type (
	getTotals struct {
		Cycle       string `query:"cycle" required:"true" maxLength:"16" example:"2022-23"`
		By          string `query:"by" enum:"region,sector,size,stage,support" doc:"Breakdown; none for the nation alone"`
		Mode        string `query:"mode" enum:"cached,live,certified" default:"cached" doc:"cached never waits; live asks every region for its newest summary first"`
		MaxAge      string `query:"max_age" maxLength:"16" example:"15m" doc:"Refreshes the regions that were confirmed longer ago"`
		Require     int    `query:"require" minimum:"0" maximum:"1000" doc:"Regions that must be in the total: fewer are the problem coverage-not-met"`
		IfNoneMatch string `header:"If-None-Match" maxLength:"512"`
	}
	totalsRead struct {
		Status       int
		ETag         string `header:"ETag"`
		CacheControl string `header:"Cache-Control"`
		Body         survey.Totals
	}
)

func (s *server) getTotals(ctx context.Context, in *getTotals) (*totalsRead, error) {
	cycle, err := parseCycle("query.cycle", in.Cycle)
	if err != nil {
		return nil, err
	}
	query := survey.TotalsQuery{Cycle: cycle, By: survey.Dimension(in.By), Mode: survey.TotalsMode(in.Mode), Require: in.Require}
	if in.MaxAge != "" {
		age, err := time.ParseDuration(in.MaxAge)
		if err != nil || age <= 0 || age > maxAgeLimit {
			return nil, invalidField("query.max_age", "write a duration such as 15m, at most 24h")
		}
		query.MaxAge = age
	}
	totals, err := s.totals.National(ctx, query)
	if err != nil {
		return nil, err
	}
	out := &totalsRead{Status: http.StatusOK, ETag: totalsTag(totals), CacheControl: "private, no-cache", Body: wholeTotals(totals)}
	if matches(in.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// totalsTag names what the totals say: the answer id and the coverage. It is a
// weak tag, since the times of the last confirmation move on all the time
// while nothing else changes.
func totalsTag(t survey.Totals) string {
	regions := append([]survey.RegionCoverage(nil), t.Coverage.Regions...)
	for i := range regions {
		regions[i].ConfirmedAt = time.Time{}
	}
	coverage := t.Coverage
	coverage.Regions = regions
	text, err := json.Marshal(coverage)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(append([]byte(t.AnswerID+"\n"+string(t.Mode)+"\n"+string(t.By)+"\n"), text...))
	return `W/"` + hex.EncodeToString(sum[:16]) + `"`
}

// matches compares tags weakly, as If-None-Match does.
func matches(header, tag string) bool {
	if tag == "" {
		return false
	}
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}

// wholeTotals makes absent lists empty ones.
func wholeTotals(t survey.Totals) survey.Totals {
	if t.Figures == nil {
		t.Figures = []survey.Figure{}
	}
	if t.Coverage.Regions == nil {
		t.Coverage.Regions = []survey.RegionCoverage{}
	}
	return t
}
