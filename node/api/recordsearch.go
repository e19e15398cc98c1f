package api

import (
	"context"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

type (
	searchRecords struct {
		Q            string `query:"q" required:"true" minLength:"1" maxLength:"200" doc:"Up to ten words; each has to stand in the record, as part of a word at least"`
		Kind         string `query:"kind" maxLength:"40" doc:"Only records of this kind"`
		Organisation string `query:"organisation" maxLength:"80" doc:"Any identifier or alias"`
		Area         string `query:"area" maxLength:"200" doc:"Of organisations in this area: its code, or its name in the region's list"`
		Limit        int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	}
	recordsFound struct{ Body RecordsFound }
)

// RecordsFound are the records that a search found, those recorded last first,
// each with the fields in which its words stand. More says that there are more.
type RecordsFound struct {
	Items []store.FoundRecord `json:"items"`
	More  bool                `json:"more"`
}

func (s *server) searchRecords(ctx context.Context, in *searchRecords) (*recordsFound, error) {
	search := store.RecordSearch{Text: in.Q, Kind: survey.RecordKind(in.Kind), Limit: in.Limit}
	var err error
	if in.Kind != "" {
		if _, err := survey.RecordTypeOf(search.Kind); err != nil {
			return nil, invalidField("query.kind", "it is no kind of record")
		}
	}
	if in.Organisation != "" {
		if search.Organisation, err = parseIdentifier("query.organisation", in.Organisation); err != nil {
			return nil, err
		}
		if o, err := s.registry.Organisation(search.Organisation); err == nil {
			search.Organisation = o.ID
		}
	}
	if search.Area, err = s.parseArea("query.area", in.Area); err != nil {
		return nil, err
	}
	found, more, err := s.keeper.SearchRecords(ctx, search)
	if err != nil {
		return nil, err
	}
	if found == nil {
		found = []store.FoundRecord{}
	}
	return &recordsFound{Body: RecordsFound{Items: found, More: more}}, nil
}

// parseArea returns the code of an area, "" for none.
func (s *server) parseArea(field, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	code, known := survey.ParseArea(s.editions.Areas(), s.region, text)
	if !known {
		return "", invalidField(field, "give an ICB's code (QU9), a LEP's (E37000025), one of the region's own, or a name of its list")
	}
	return code, nil
}
