package api

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/node/middleware"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

type (
	callerKey     struct{}
	requestKeyKey struct{}
)

// caller returns the token that admit put into the context.
func caller(ctx context.Context) store.Token {
	token, _ := ctx.Value(callerKey{}).(store.Token)
	return token
}

// request identifies the command for retries. The caller's number is part of
// the id, so that two people who choose the same key do not get each other's
// outcome.
func request(ctx context.Context) survey.Request {
	actor := caller(ctx).Actor
	key, _ := ctx.Value(requestKeyKey{}).(string)
	return survey.Request{
		ID:    middleware.RequestID("tracker-request/1", strconv.FormatUint(actor, 10), key),
		Actor: actor,
	}
}

// authorise refuses callers below the route's role.
func authorise(caller store.Token, minimum store.Permission) *Problem {
	if !caller.Role.Includes(minimum) {
		return newProblem(codeForbidden, fmt.Sprintf("This needs the role %s; yours is %s", minimum, caller.Role))
	}
	return nil
}

// nothingAsked is the input of routes without parameters and body.
type nothingAsked struct{}

// CyclePath is the cycle in a path.
type CyclePath struct {
	Cycle string `path:"cycle" maxLength:"16" example:"2022-23"`
}

func (c CyclePath) parse() (survey.Cycle, error) { return parseCycle("path.cycle", c.Cycle) }

// with parses the cycle, then the company that another field names.
func (c CyclePath) with(field, organisation string) (survey.Cycle, survey.Identifier, error) {
	cycle, err := c.parse()
	if err != nil {
		return "", "", err
	}
	id, err := parseIdentifier(field, organisation)
	return cycle, id, err
}

// ClaimPath is the claim of one company in a path.
type ClaimPath struct {
	CyclePath
	Organisation string `path:"organisation" maxLength:"80" doc:"Any identifier or alias" example:"GB-COH:07209813"`
}

func (c ClaimPath) parse() (survey.Cycle, survey.Identifier, error) {
	return c.CyclePath.with("path.organisation", c.Organisation)
}

// claimPathOf returns the claim in the path of a route that huma does not parse.
func claimPathOf(r *http.Request) ClaimPath {
	return ClaimPath{CyclePath: CyclePath{Cycle: r.PathValue("cycle")}, Organisation: r.PathValue("organisation")}
}

// OrganisationPath is an organisation in a path.
type OrganisationPath struct {
	ID string `path:"id" maxLength:"80" doc:"Any identifier or alias" example:"GB-COH:07209813"`
}

// RecordPath is one record in a path.
type RecordPath struct {
	ID string `path:"id" maxLength:"36"`
}

// The parsers below return the problem "invalid" with the faulty field and the
// form that it should have.

func parseCycle(field, text string) (survey.Cycle, error) {
	cycle, err := survey.ParseCycle(text)
	if err != nil {
		return "", invalidField(field, "write a cycle as 2019-20, from 2013-14 on")
	}
	return cycle, nil
}

const identifierForm = "write an identifier as GB-COH:07209813 (schemes: GB-COH, GB-CHC, GB-NHS, GB-UKPRN, AHSN)"

func parseIdentifier(field, text string) (survey.Identifier, error) {
	id, err := survey.ParseIdentifier(text)
	if err != nil {
		return "", invalidField(field, identifierForm)
	}
	return id, nil
}

func parseIdentifiers(field string, texts []string) (ids []survey.Identifier, err error) {
	for i, text := range texts {
		id, err := parseIdentifier(at(field, i), text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func parseRegion(field, text string) (survey.Region, error) {
	region, err := survey.ParseRegion(text)
	if err != nil {
		// There are few regions, so the message can name them all.
		codes := make([]string, 0, len(survey.Regions()))
		for _, r := range survey.Regions() {
			codes = append(codes, string(r.Region))
		}
		return "", invalidField(field, "use one of "+strings.Join(codes, ", "))
	}
	return region, nil
}

// optional parses a text that may be left out; it returns "" for "".
func optional[T ~string](parse func(field, text string) (T, error), field, text string) (T, error) {
	if text == "" {
		return "", nil
	}
	return parse(field, text)
}

// queryBool reads a parameter that is true or false, and false if it is absent.
func queryBool(r *http.Request, name string) (bool, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return false, nil
	}

	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, invalidField("query."+name, "use true or false")
	}
	return value, nil
}

// at names one element of a list in a request.
func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// The finders read one object from this node's copy of the registry. Their errors
// wrap survey.ErrNotFound if there is none.

// organisationFinder finds an organisation by any of its identifiers. The error
// wraps survey.ErrNotFound if the registry does not know it.
type organisationFinder interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
}

// campaignFinder reads one campaign from this node's copy of the registry. The
// error wraps survey.ErrNotFound if the cycle has none.
type campaignFinder interface {
	Campaign(survey.Cycle) (survey.Campaign, error)
}

// claimFinder reads one claim. The error wraps survey.ErrNotFound if the
// company was never claimed in the cycle.
type claimFinder interface {
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
}

// mainIdentifier returns the identifier under which this region keeps records
// of the organisation. One that the registry does not know stays as it is.
func mainIdentifier(organisations organisationFinder, id survey.Identifier) survey.Identifier {
	// Records may outlive the registry's entry, so an unknown organisation is no error.
	if o, err := organisations.Organisation(id); err == nil {
		return o.ID
	}
	return id
}

// parseMain parses an identifier that may be left out, and returns the main one
// of the same organisation.
func parseMain(organisations organisationFinder, field, text string) (survey.Identifier, error) {
	id, err := optional(parseIdentifier, field, text)
	if err != nil || id == "" {
		return "", err
	}
	return mainIdentifier(organisations, id), nil
}

// areaNames knows the areas of one region.
type areaNames struct {
	editions *survey.Editions
	region   survey.Region
}

// parse returns the code of an area that is given by its code or its name, and
// "" for "".
func (a areaNames) parse(field, text string) (string, error) {
	if text == "" {
		return "", nil
	}

	code, known := survey.ParseArea(a.editions.Areas(), a.region, text)
	if !known {
		return "", invalidField(field,
			"give an ICB's code (QU9), a LEP's (E37000025), one of the region's own, or a name of its list")
	}
	return code, nil
}

// label returns the area's name in the region's list, "" if it has none.
func (a areaNames) label(code string) string {
	list := a.editions.Areas()
	if i := slices.IndexFunc(list, func(o survey.Option) bool { return o.Code == code }); i >= 0 {
		return list[i].Label
	}
	return ""
}

// Replica waits until this node's copy of the registry is fresh enough. It
// blocks until the context ends at the latest.
type Replica interface {
	Await(context.Context, survey.Consistency) (survey.Freshness, error)
}

// maxAgeLimit bounds max_age: a longer one means the same as local.
const maxAgeLimit = 24 * time.Hour

// Freshness says how fresh a registry read must be.
type Freshness struct {
	Consistency string `query:"consistency" enum:"local,linearizable" default:"local" doc:"local reads this node's own copy, whatever its age; linearizable sees every change acknowledged anywhere before the request"`
	MaxAge      string `query:"max_age" maxLength:"16" example:"5s" doc:"With local: the copy must have been confirmed by the leader within this time"`
}

// ReadHeaders say on which state of the registry a read is based.
type ReadHeaders struct {
	Index uint64 `header:"Tracker-Index" doc:"Number of the last registry change in the answer"`
	AgeMS int64  `header:"Tracker-Age-Ms" doc:"Milliseconds since the leader was last heard, -1 when unknown"`
}

// await waits for the freshness that f asks for and returns the headers that
// report it.
func (f Freshness) await(ctx context.Context, replica Replica) (ReadHeaders, error) {
	want := survey.Consistency{Linearizable: f.Consistency == "linearizable"}
	if f.MaxAge != "" {
		age, err := parseAge(f.MaxAge, "write a duration such as 5s, at most 24h")
		if err != nil {
			return ReadHeaders{}, err
		}
		if want.Linearizable {
			return ReadHeaders{}, invalidField("query.max_age", "goes with consistency=local only")
		}
		want.MaxAge = age
	}

	fresh, err := replica.Await(ctx, want)
	if err != nil {
		return ReadHeaders{}, err
	}
	age := int64(-1)
	if fresh.Age >= 0 {
		age = fresh.Age.Milliseconds()
	}
	return ReadHeaders{Index: fresh.Index, AgeMS: age}, nil
}

// registryRead is the answer to a read of this node's copy of the registry.
type registryRead[T any] struct {
	ReadHeaders
	Body T
}

// readOne answers a read once this node's copy is fresh enough. It reads nothing if
// the input could not be parsed.
func readOne[T any](
	ctx context.Context, parsed error, fresh Freshness, replica Replica, read func() (T, error),
) (*registryRead[T], error) {
	if parsed != nil {
		return nil, parsed
	}

	headers, err := fresh.await(ctx, replica)
	if err != nil {
		return nil, err
	}

	body, err := read()
	if err != nil {
		return nil, err
	}
	return &registryRead[T]{ReadHeaders: headers, Body: body}, nil
}

// parseAge reads the parameter max_age; form says how to write it.
func parseAge(text, form string) (time.Duration, error) {
	age, err := time.ParseDuration(text)
	if err != nil || age <= 0 || age > maxAgeLimit {
		return 0, invalidField("query.max_age", form)
	}
	return age, nil
}
