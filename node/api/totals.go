package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Totals answers national totals, and this region's own figures, which never
// leave the node. An error of National with the method Partial() says that
// fewer regions are in than were required. Cycles whose figures are defined
// differently are refused with not-comparable.
type Totals interface {
	National(context.Context, survey.TotalsQuery) (survey.Totals, error)
	Compare(ctx context.Context, query survey.TotalsQuery, against survey.Cycle) (survey.Comparison, error)
	Own(cycle survey.Cycle, by survey.Dimension) (OwnFigures, error)
}

// AreaReader counts this region's records by area.
type AreaReader interface {
	AreaFigures(survey.Cycle) ([]store.AreaFigures, error)
}

// TotalsAnswer is the national totals, beside those of an earlier cycle if that
// was asked for.
type TotalsAnswer struct {
	survey.Totals
	Comparison *survey.Comparison `json:"comparison,omitempty"`
}

// OwnFigures are this region's figures, live and as they last left it.
type OwnFigures = survey.OwnFigures

// AreaTotals are a cycle's figures of this region by area. A company may lie in
// several areas, and in none: the rows do not add up to the region.
type AreaTotals struct {
	Cycle survey.Cycle `json:"cycle"`
	Rows  []AreaRow    `json:"rows"`
}

// AreaRow is one area with its name in the region's list.
type AreaRow struct {
	store.AreaFigures
	Label string `json:"label,omitempty"`
}

type (
	getTotals struct {
		Cycle string `query:"cycle" required:"true" maxLength:"16" example:"2022-23"`
		By    string `query:"by" enum:"region,sector,size,stage,support" doc:"Breakdown; none for the nation alone"`
		All   bool   `query:"all" doc:"Every figure of the definitions, not only the headline ones"`

		Mode string `query:"mode" enum:"cached,live,certified" doc:"cached, the usual one, never waits; live asks every region for its newest summary first; certified are the final figures of a closed campaign"`

		MaxAge string `query:"max_age" maxLength:"16" example:"15m" doc:"Refreshes the regions that were confirmed longer ago"`

		Require int `query:"require" minimum:"0" maximum:"1000" doc:"Regions that must be in the total: fewer are the problem coverage-not-met"`

		Revision string `query:"revision" pattern:"^[0-9]{1,2}$" doc:"One revision of the certified figures; the newest if absent"`

		AsOf string `query:"as_of" maxLength:"32" example:"2023-09-30" doc:"The figures as they were published at the end of a day (UTC), or at a time as 2023-09-30T12:00:00Z; goes with no mode"`

		Compare string `query:"compare" maxLength:"16" example:"2021-22" doc:"An earlier cycle to put beside this one"`

		IfNoneMatch string `header:"If-None-Match" maxLength:"512"`
	}
	totalsRead struct {
		Status       int
		ETag         string `header:"ETag"`
		CacheControl string `header:"Cache-Control"`
		Body         TotalsAnswer
	}
	getOwnTotals struct {
		Cycle string `query:"cycle" required:"true" maxLength:"16" example:"2022-23"`
		By    string `query:"by" enum:"sector,size,stage,support" doc:"Breakdown; none for the region as a whole"`
	}
	ownTotalsRead  struct{ Body OwnFigures }
	getAreaFigures struct {
		Cycle string `query:"cycle" required:"true" maxLength:"16" example:"2022-23"`
	}
	areaFiguresRead struct{ Body AreaTotals }
)

// totalHandlers answer figures of the nation, of this region and of its areas.
type totalHandlers struct {
	totals Totals
	areas  AreaReader
	names  areaNames
}

func (h totalHandlers) national(ctx context.Context, in *getTotals) (*totalsRead, error) {
	query, err := in.query(time.Now())
	if err != nil {
		return nil, err
	}

	// Both cycles are checked before the totals are asked for: live ones take seconds.
	var against survey.Cycle
	if in.Compare != "" {
		if against, err = in.against(query); err != nil {
			return nil, err
		}
	}

	totals, err := h.totals.National(ctx, query)
	if err != nil {
		return nil, err
	}
	out := &totalsRead{Status: http.StatusOK, CacheControl: "private, no-cache"}
	out.Body.Totals = wholeTotals(totals)
	if against != "" {
		comparison, err := h.totals.Compare(ctx, query, against)
		if err != nil {
			return nil, err
		}
		out.Body.Comparison = &comparison
		// No tag: it would have to name the answers of two cycles.
		return out, nil
	}

	out.ETag = totalsTag(totals)
	if matches(in.IfNoneMatch, out.ETag) {
		// The caller has this answer already, so no body is sent.
		out.Status = http.StatusNotModified
	}
	return out, nil
}

// query reads the parameters. It refuses combinations that make no sense, so
// that the problem names the parameter.
func (in *getTotals) query(now time.Time) (survey.TotalsQuery, error) {
	cycle, err := parseCycle("query.cycle", in.Cycle)
	if err != nil {
		return survey.TotalsQuery{}, err
	}

	query := survey.TotalsQuery{Cycle: cycle, By: survey.Dimension(in.By), Mode: survey.TotalsMode(in.Mode),
		Require: in.Require, All: in.All}
	if in.MaxAge != "" {
		if query.MaxAge, err = parseAge(in.MaxAge, "write a duration such as 15m, at most 24h"); err != nil {
			return query, err
		}
	}

	if in.Revision != "" {
		number, err := strconv.Atoi(in.Revision)
		if err != nil || in.Mode != "" && query.Mode != survey.ModeCertified {
			return query, invalidField("query.revision", "write a number; it goes with mode=certified")
		}
		// A revision exists of certified figures only, so it implies the mode.
		query.Revision, query.Mode = &number, survey.ModeCertified
	}

	if in.AsOf != "" {
		if query.AsOf, err = parseMoment(in.AsOf, now); err != nil {
			return query, err
		}
		if query.Mode != "" || query.MaxAge != 0 {
			return query, invalidField("query.as_of", "goes with no mode, revision or max_age: it is a mode of its own")
		}
		return query, nil
	}
	query.Mode = cmp.Or(query.Mode, survey.ModeCached)
	return query, nil
}

// parseMoment reads a time, or a day, which means its end. It refuses those in
// the future; the current day means all of it up to now.
func parseMoment(text string, now time.Time) (time.Time, error) {
	moment, err := time.Parse(time.RFC3339, text)
	if day, wrong := time.Parse(time.DateOnly, text); wrong == nil {
		// The last millisecond of the day: figures that were published on it count.
		moment, err = day.Add(24*time.Hour-time.Millisecond), nil
		if !day.After(now) && moment.After(now) {
			moment = now
		}
	}

	switch {
	case err != nil:
		return moment, invalidField("query.as_of", "write a day as 2023-09-30, or a time as 2023-09-30T12:00:00Z")
	case moment.After(now):
		return moment, invalidField("query.as_of", "lies in the future")
	}
	return moment, nil
}

// against reads the cycle to compare with.
func (in *getTotals) against(query survey.TotalsQuery) (survey.Cycle, error) {
	against, err := parseCycle("query.compare", in.Compare)
	switch {
	case err != nil:
		return "", err
	case against >= query.Cycle:
		return "", invalidField("query.compare", "name an earlier cycle")
	case query.By != "" || !query.AsOf.IsZero() || query.Revision != nil:
		return "", invalidField("query.compare", "goes with the nation's figures alone: no by, as_of or revision")
	}
	return against, nil
}

// totalsTag returns a tag of the answer id and the coverage. It is a weak tag:
// the times of the last confirmation are not in it, since they change all the
// time while nothing else does.
func totalsTag(t survey.Totals) string {
	// A copy: the coverage is the answer's too.
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

	revision := ""
	if t.Certified != nil {
		revision = fmt.Sprint(t.Certified.Revision, t.Certified.Table, len(t.Certified.CoSigned))
	}
	asOf := t.AsOf.Format(time.RFC3339Nano)
	name := strings.Join([]string{t.AnswerID, string(t.Mode), string(t.By), revision, asOf}, "\n")
	sum := sha256.Sum256(append([]byte(name+"\n"), text...))
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

func (h totalHandlers) own(_ context.Context, in *getOwnTotals) (*ownTotalsRead, error) {
	cycle, err := parseCycle("query.cycle", in.Cycle)
	if err != nil {
		return nil, err
	}

	own, err := h.totals.Own(cycle, survey.Dimension(in.By))
	if err != nil {
		return nil, err
	}

	own.Live, own.Released = wholeTotals(own.Live), wholeTotals(own.Released)
	return &ownTotalsRead{Body: own}, nil
}

func (h totalHandlers) byArea(_ context.Context, in *getAreaFigures) (*areaFiguresRead, error) {
	cycle, err := parseCycle("query.cycle", in.Cycle)
	if err != nil {
		return nil, err
	}

	figures, err := h.areas.AreaFigures(cycle)
	if err != nil {
		return nil, err
	}

	rows := make([]AreaRow, len(figures))
	for i, f := range figures {
		rows[i] = AreaRow{AreaFigures: f, Label: h.names.label(f.Area)}
	}
	return &areaFiguresRead{Body: AreaTotals{Cycle: cycle, Rows: rows}}, nil
}
