package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// Records keeps this region's records beside the answers, with every version of
// each: *store.Store is one. Reassign returns how many companies it moved.
type Records interface {
	AddRecord(context.Context, store.RecordWrite) (record survey.Record, created bool, err error)
	ChangeRecord(context.Context, store.RecordWrite) (survey.Record, error)
	DeleteRecord(ctx context.Context, w store.RecordWrite, restore bool) (survey.Record, error)
	Record(survey.RecordKind, string) (survey.Record, error)
	RecordHistory(survey.RecordKind, string) ([]survey.Record, error)
	Records(filter store.RecordFilter, after string, limit int) (records []survey.Record, next string, err error)
	SearchRecords(context.Context, store.RecordSearch) (found []store.FoundRecord, more bool, err error)
	Reassign(ctx context.Context, cycle survey.Cycle, from, to string, actor uint64, at time.Time) (int, error)
}

type (
	listRecords struct {
		Organisation string `query:"organisation" maxLength:"80" doc:"Any identifier or alias"`
		Cycle        string `query:"cycle" maxLength:"16"`

		Area string `query:"area" maxLength:"200" doc:"Of organisations in this area: its code, or its name in the region's list"`

		Deleted bool `query:"deleted" doc:"The deleted ones instead"`
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
	searchRecords struct {
		Q string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"Up to ten words; each has to stand in the record, as part of a word at least"`

		Kind         string `query:"kind" maxLength:"40" doc:"Only records of this kind"`
		Organisation string `query:"organisation" maxLength:"80" doc:"Any identifier or alias"`

		Area string `query:"area" maxLength:"200" doc:"Of organisations in this area: its code, or its name in the region's list"`

		Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	recordsFound struct{ Body RecordsFound }
)

// RecordsFound are the records that a search found, the latest first, each with
// the fields that hold its words. More says that there are more.
type RecordsFound struct {
	Items []store.FoundRecord `json:"items"`
	More  bool                `json:"more"`
}

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

// recordHandlers search records of all kinds and reassign companies.
type recordHandlers struct {
	region        survey.Region
	organisations organisationFinder
	records       Records
	areas         areaNames
}

// kindHandlers read and write the records of one kind.
type kindHandlers struct {
	recordHandlers
	of survey.RecordType
}

func (h kindHandlers) list(_ context.Context, in *listRecords) (*recordsPage, error) {
	filter := store.RecordFilter{Kind: h.of.Kind, Deleted: in.Deleted}

	var err error
	if filter.Organisation, err = parseMain(h.organisations, "query.organisation", in.Organisation); err != nil {
		return nil, err
	}
	if filter.Cycle, err = optional(parseCycle, "query.cycle", in.Cycle); err != nil {
		return nil, err
	}
	if filter.Area, err = h.areas.parse("query.area", in.Area); err != nil {
		return nil, err
	}

	list := fmt.Sprintf("%s %s %s %v %s", h.of.Kind, filter.Organisation, filter.Cycle, filter.Deleted, filter.Area)
	after, err := decodeCursor(list, in.Cursor)
	if err != nil {
		return nil, err
	}

	found, next, err := h.records.Records(filter, after, in.Limit)
	if err != nil {
		return nil, err
	}
	return &recordsPage{Body: page(list, found, next)}, nil
}

func (h kindHandlers) add(ctx context.Context, in *addRecord) (*recordAdded, error) {
	w, err := h.parse(ctx, in.Body)
	if err != nil {
		return nil, err
	}

	// The id follows from the request, so that a repeated request makes no second record.
	if !h.of.OnePer {
		w.Record.ID = survey.RecordID(h.of.Kind, request(ctx).ID)
	}

	record, isNew, err := h.records.AddRecord(ctx, w)
	if err != nil {
		return nil, err
	}

	status := http.StatusOK
	if isNew {
		status = http.StatusCreated
	}
	return &recordAdded{Status: status, Body: record}, nil
}

func (h kindHandlers) get(_ context.Context, in *RecordPath) (*recordRead, error) {
	record, err := h.records.Record(h.of.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	return &recordRead{Body: record}, nil
}

func (h kindHandlers) change(ctx context.Context, in *changeRecord) (*recordRead, error) {
	w, err := h.parse(ctx, in.Body)
	if err != nil {
		return nil, err
	}

	// The version is not one of the kind's fields, so it is read apart.
	var read struct {
		Version uint64 `json:"version"`
	}
	if err := json.Unmarshal(in.Body, &read); err != nil {
		return nil, invalidField("body.version", "give the version that was read, as a whole number")
	}

	w.Record.ID, w.Expect = in.ID, read.Version
	record, err := h.records.ChangeRecord(ctx, w)
	if err != nil {
		return nil, err
	}
	return &recordRead{Body: record}, nil
}

func (h kindHandlers) delete(ctx context.Context, in *RecordPath) (*recordRead, error) {
	return h.mark(ctx, in.ID, false)
}

func (h kindHandlers) restore(ctx context.Context, in *RecordPath) (*recordRead, error) {
	return h.mark(ctx, in.ID, true)
}

func (h kindHandlers) mark(ctx context.Context, id string, restore bool) (*recordRead, error) {
	w := store.RecordWrite{Record: survey.Record{ID: id, Kind: h.of.Kind}, Actor: caller(ctx).Actor, At: time.Now()}

	record, err := h.records.DeleteRecord(ctx, w, restore)
	if err != nil {
		return nil, err
	}
	return &recordRead{Body: record}, nil
}

func (h kindHandlers) history(_ context.Context, in *RecordPath) (*recordHistory, error) {
	versions, err := h.records.RecordHistory(h.of.Kind, in.ID)
	if err != nil {
		return nil, err
	}
	return &recordHistory{Body: page("history", versions, "")}, nil
}

// parse reads a record, and finds its organisation in the registry.
func (h kindHandlers) parse(ctx context.Context, body []byte) (store.RecordWrite, error) {
	record, faults, err := survey.ParseRecord(h.of, h.region, body)
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
		o, err := h.organisations.Organisation(id)
		if err != nil {
			return store.RecordWrite{}, invalidField("body.organisation",
				"the registry does not know it: search for it, or add it first")
		}
		// The main identifier, so that records of one company are found together.
		w.Record = record.With("organisation", string(o.ID))
		w.Sector, w.SizeBand = o.Sector, o.SizeBand
	}
	return w, nil
}

func (h recordHandlers) reassign(ctx context.Context, in *reassign) (*reassigned, error) {
	cycle, err := parseCycle("body.cycle", in.Body.Cycle)
	if err != nil {
		return nil, err
	}

	out := &reassigned{}
	out.Body.Moved, err = h.records.Reassign(ctx, cycle, in.Body.From, in.Body.To, caller(ctx).Actor, time.Now())
	return out, err
}

func (h recordHandlers) search(ctx context.Context, in *searchRecords) (*recordsFound, error) {
	search := store.RecordSearch{Text: in.Q, Kind: survey.RecordKind(in.Kind), Limit: in.Limit}
	if in.Kind != "" {
		if _, err := survey.RecordTypeOf(search.Kind); err != nil {
			return nil, invalidField("query.kind", "it is no kind of record")
		}
	}

	var err error
	if search.Organisation, err = parseMain(h.organisations, "query.organisation", in.Organisation); err != nil {
		return nil, err
	}
	if search.Area, err = h.areas.parse("query.area", in.Area); err != nil {
		return nil, err
	}

	found, more, err := h.records.SearchRecords(ctx, search)
	if err != nil {
		return nil, err
	}

	if found == nil {
		found = []store.FoundRecord{}
	}
	return &recordsFound{Body: RecordsFound{Items: found, More: more}}, nil
}
