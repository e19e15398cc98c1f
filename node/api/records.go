package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Keeper keeps this region's records that are no answers: *store.Store is
// one.
type Keeper interface {
	AddRecord(context.Context, store.RecordWrite) (record survey.Record, created bool, err error)
	ChangeRecord(context.Context, store.RecordWrite) (survey.Record, error)
	DeleteRecord(ctx context.Context, w store.RecordWrite, restore bool) (survey.Record, error)
	Record(survey.RecordKind, string) (survey.Record, error)
	RecordHistory(survey.RecordKind, string) ([]survey.Record, error)
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
	SearchRecords(context.Context, store.RecordSearch) (found []store.FoundRecord, more bool, err error)
	AreaFigures(survey.Cycle) ([]store.AreaFigures, error)
	Reassign(ctx context.Context, cycle survey.Cycle, from, to string, actor uint64, at time.Time) (int, error)
}

// recordShown stands in for survey.Record in the schemas: the table of kinds
// decides what is in one.
type recordShown struct{}

// Schema is an object with the members that every kind has.
func (recordShown) Schema(huma.Registry) *huma.Schema {
	text, number := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeInteger}
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Required: []string{"id", "kind", "version"},
		Description: "A record: its kind's fields beside these. Amounts are pounds and posts with two decimals",
		Properties: map[string]*huma.Schema{"id": text, "kind": text, "version": number, "deleted": {Type: huma.TypeBoolean},
			"retention": text, "recorded_by": number, "recorded_at": text, "created_at": text}}
}

// RecordPath is one record in a path.
type RecordPath struct {
	ID string `path:"id" maxLength:"36"`
}

type (
	listRecords struct {
		Organisation string `query:"organisation" maxLength:"80" doc:"Any identifier or alias"`
		Cycle        string `query:"cycle" maxLength:"16"`
		Area         string `query:"area" maxLength:"200" doc:"Of organisations in this area: its code, or its name in the region's list"`
		Deleted      bool   `query:"deleted" doc:"The deleted ones instead"`
		Paging
	}
	recordsPage struct{ Body Page[survey.Record] }
	addRecord   struct{ Body json.RawMessage }
	recordAdded struct {
		Status int
		Body   survey.Record
	}
	changeRecord struct {
		RecordPath
		Body json.RawMessage
	}
	recordRead    struct{ Body survey.Record }
	recordHistory struct{ Body Page[survey.Record] }
)

// Reassignment hands an adviser's companies of a cycle to a colleague.
type Reassignment struct {
	Cycle string `json:"cycle" maxLength:"16" example:"2022-23"`
	From  string `json:"from" minLength:"1" maxLength:"200"`
	To    string `json:"to" minLength:"1" maxLength:"200"`
}

type (
	reassign   struct{ Body Reassignment }
	reassigned struct {
		Body struct {
			Moved int `json:"moved"`
		}
	}
)

// recordRoutes have the same paths for every kind of record.
func (s *server) recordRoutes() []route {
	var routes []route
	for _, kind := range survey.RecordKinds() {
		of, err := s.editions.RecordType(kind)
		if err != nil {
			continue // cannot happen: the kind is of the same table
		}
		list, one := "/"+string(kind), "/"+string(kind)+"/{id}"
		k := keeping{server: s, of: of}
		routes = append(routes,
			on(get, list, adviser, records, of.Label+" of this region", k.list),
			on(post, list, adviser, records, of.Label+": add a record", k.add, created, ok).described(of),
			on(get, one, adviser, records, of.Label+": one record", k.read),
			on(put, one, adviser, records, of.Label+": a new version of a record; earlier ones are kept", k.change).described(of),
			on(http.MethodDelete, one, adviser, records, of.Label+": mark a record as deleted", k.delete),
			on(post, one+"/restore", adviser, records, of.Label+": take a deletion back", k.restore),
			on(get, one+"/history", adviser, records, of.Label+": every version of a record, oldest first", k.history))
	}
	return append(routes, on(post, "/assignments:reassign", lead, records, "Hand an adviser's companies to a colleague", s.reassign),
		on(get, "/search", adviser, records, "This region's own records by their words: any part of a word, in any field", s.searchRecords),
		on(get, "/totals/areas", adviser, nationalTotals, "This region's figures by area, for its own staff: no release rules, and nothing of it leaves the node", s.getAreaFigures))
}

// described puts the kind's fields into the schema of the request. Their
// values are read by the vocabulary, which knows more ways to write them.
func (r route) described(of survey.RecordType) route {
	register := r.register
	r.register = func(s *server, surface huma.API, op huma.Operation) {
		body := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Properties: map[string]*huma.Schema{}}
		for _, f := range of.Fields {
			schema := &huma.Schema{Description: fmt.Sprintf("%s (%s)", f.Label, f.Kind)}
			if f.Required {
				schema.Description += ", needed"
			}
			for _, o := range f.Options {
				schema.Examples = append(schema.Examples, o.Code)
			}
			body.Properties[f.Name] = schema
		}
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: body}}}
		register(s, surface, op)
	}
	return r
}

// keeping has the handlers of one kind of record.
type keeping struct {
	*server
	of survey.RecordType
}

func (k keeping) list(_ context.Context, in *listRecords) (*recordsPage, error) {
	filter := store.RecordFilter{Kind: k.of.Kind, Deleted: in.Deleted}
	var err error
	if in.Organisation != "" {
		if filter.Organisation, err = parseIdentifier("query.organisation", in.Organisation); err != nil {
			return nil, err
		}
		if o, err := k.registry.Organisation(filter.Organisation); err == nil {
			filter.Organisation = o.ID
		}
	}
	if in.Cycle != "" {
		if filter.Cycle, err = parseCycle("query.cycle", in.Cycle); err != nil {
			return nil, err
		}
	}
	if filter.Area, err = k.parseArea("query.area", in.Area); err != nil {
		return nil, err
	}
	list := fmt.Sprintf("%s %s %s %v %s", k.of.Kind, filter.Organisation, filter.Cycle, filter.Deleted, filter.Area)
	after, err := decodeCursor(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	found, next, err := k.keeper.Records(filter, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return &recordsPage{Body: page(list, found, next)}, nil
}

func (k keeping) add(ctx context.Context, in *addRecord) (*recordAdded, error) {
	w, err := k.write(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	if !k.of.OnePer {
		w.Record.ID = survey.RecordID(k.of.Kind, request(ctx).ID)
	}
	record, isNew, err := k.keeper.AddRecord(ctx, w)
	if err != nil {
		return nil, err
	}
	status := ok
	if isNew {
		status = created
	}
	return &recordAdded{Status: status, Body: record}, nil
}

func (k keeping) read(_ context.Context, in *RecordPath) (*recordRead, error) {
	record, err := k.keeper.Record(k.of.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	return &recordRead{Body: record}, nil
}

func (k keeping) change(ctx context.Context, in *changeRecord) (*recordRead, error) {
	w, err := k.write(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	var read struct {
		Version uint64 `json:"version"`
	}
	if err := json.Unmarshal(in.Body, &read); err != nil {
		return nil, invalidField("body.version", "give the version that was read, as a whole number")
	}
	w.Record.ID, w.Expect = in.ID, read.Version
	record, err := k.keeper.ChangeRecord(ctx, w)
	if err != nil {
		return nil, err
	}
	return &recordRead{Body: record}, nil
}

func (k keeping) delete(ctx context.Context, in *RecordPath) (*recordRead, error) {
	return k.mark(ctx, in.ID, false)
}

func (k keeping) restore(ctx context.Context, in *RecordPath) (*recordRead, error) {
	return k.mark(ctx, in.ID, true)
}

func (k keeping) mark(ctx context.Context, id string, restore bool) (*recordRead, error) {
	record, err := k.keeper.DeleteRecord(ctx, store.RecordWrite{Record: survey.Record{ID: id, Kind: k.of.Kind},
		Actor: caller(ctx).Actor, At: time.Now()}, restore)
	if err != nil {
		return nil, err
	}
	return &recordRead{Body: record}, nil
}

func (k keeping) history(_ context.Context, in *RecordPath) (*recordHistory, error) {
	versions, err := k.keeper.RecordHistory(k.of.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	return &recordHistory{Body: page("history", versions, "")}, nil
}

// write reads a record, and finds its organisation in the registry.
func (k keeping) write(ctx context.Context, body []byte) (store.RecordWrite, error) {
	record, faults, err := survey.ParseRecord(k.of, k.region, body)
	if err != nil {
		return store.RecordWrite{}, err
	}
	if len(faults) > 0 {
		p := newProblem(codeInvalid, "")
		for _, f := range faults {
			p.with(FieldError{Field: "body." + f.Field, Code: f.Code, Message: f.Message})
		}
		return store.RecordWrite{}, p
	}
	w := store.RecordWrite{Record: record, Actor: caller(ctx).Actor, At: time.Now()}
	if id := record.Organisation(); id != "" {
		o, err := k.registry.Organisation(id)
		if err != nil {
			return store.RecordWrite{}, invalidField("body.organisation", "the registry does not know it: search for it, or add it first")
		}
		w.Record = record.With("organisation", string(o.ID))
		w.Sector, w.SizeBand = o.Sector, o.SizeBand
	}
	return w, nil
}

func (s *server) reassign(ctx context.Context, in *reassign) (*reassigned, error) {
	cycle, err := parseCycle("body.cycle", in.Body.Cycle)
	if err != nil {
		return nil, err
	}
	out := &reassigned{}
	out.Body.Moved, err = s.keeper.Reassign(ctx, cycle, in.Body.From, in.Body.To, caller(ctx).Actor, time.Now())
	return out, err
}
