package api

import (
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// The types below give the schemas the closed lists of the vocabulary, so that
// a word added in store/survey is accepted and documented here without a second
// list. In the schemas they stand for the type of the same name in survey or
// store.
type (
	reasonCode         string
	organisationKind   string
	organisationStatus string
	sector             string
	sizeBand           string
	permission         string
	mergeReason        string
)

func enum[T ~string](values ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// Schema lists the coded reasons.
func (reasonCode) Schema(huma.Registry) *huma.Schema { return enum(survey.ReasonCodes()...) }

// Schema lists the kinds of organisation.
func (organisationKind) Schema(huma.Registry) *huma.Schema {
	return enum(survey.KindCompany, survey.KindCharity, survey.KindNHS, survey.KindUniversity, survey.KindPublic,
		survey.KindIndividual, survey.KindOther)
}

// Schema lists the states of an organisation in a public register.
func (organisationStatus) Schema(huma.Registry) *huma.Schema {
	return enum(survey.StatusActive, survey.StatusDissolved, survey.StatusUnknown)
}

// Schema lists the sectors.
func (sector) Schema(huma.Registry) *huma.Schema { return enum(survey.Sectors()...) }

// Schema lists the size bands.
func (sizeBand) Schema(huma.Registry) *huma.Schema { return enum(survey.SizeBands()...) }

// Schema lists the roles.
func (permission) Schema(huma.Registry) *huma.Schema { return enum(store.Permissions()...) }

// Schema lists the reasons of a merge.
func (mergeReason) Schema(huma.Registry) *huma.Schema { return enum(survey.MergeReasons()...) }

// answersByQuestion stands for survey.Answers and for raw answers in the
// schemas: the questionnaire decides which members they have.
type answersByQuestion struct{}

// Schema is an object whose members the questionnaire defines.
func (answersByQuestion) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true,
		Description: "Answers by question, such as {\"q01\": \"yes\", \"q03\": 7.5, " +
			"\"q07\": {\"equity\": \"250000.50\"}, \"q12\": \"dont_know\"}"}
}

// recordShown stands for survey.Record in the schemas: the table of kinds
// decides which members a record has.
type recordShown struct{}

// Schema is an object with the members that every kind has.
func (recordShown) Schema(huma.Registry) *huma.Schema {
	text, number := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeInteger}
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Required: []string{"id", "kind", "version"},
		Description: "A record: its kind's fields beside these. Amounts are pounds and posts with two decimals",
		Properties: map[string]*huma.Schema{
			"id": text, "kind": text, "version": number, "deleted": {Type: huma.TypeBoolean}, "retention": text,
			"recorded_by": number, "recorded_at": text, "created_at": text,
		}}
}

// useVocabulary makes the types above the schemas of those that they stand for.
func useVocabulary(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[survey.ReasonCode](), reflect.TypeFor[reasonCode]())
	r.RegisterTypeAlias(reflect.TypeFor[survey.OrganisationKind](), reflect.TypeFor[organisationKind]())
	r.RegisterTypeAlias(reflect.TypeFor[survey.OrganisationStatus](), reflect.TypeFor[organisationStatus]())
	r.RegisterTypeAlias(reflect.TypeFor[survey.Sector](), reflect.TypeFor[sector]())
	r.RegisterTypeAlias(reflect.TypeFor[survey.SizeBand](), reflect.TypeFor[sizeBand]())
	r.RegisterTypeAlias(reflect.TypeFor[store.Permission](), reflect.TypeFor[permission]())
	r.RegisterTypeAlias(reflect.TypeFor[survey.Answers](), reflect.TypeFor[answersByQuestion]())
	r.RegisterTypeAlias(reflect.TypeFor[survey.Record](), reflect.TypeFor[recordShown]())
	r.RegisterTypeAlias(reflect.TypeFor[json.RawMessage](), reflect.TypeFor[answersByQuestion]())
}

// describeSummary documents the two forms of a summary: the handler's answer is
// bytes, of which huma knows nothing.
func describeSummary(schemas huma.Registry, op *huma.Operation) {
	success := op.Responses["200"]
	if success == nil {
		success = &huma.Response{Description: http.StatusText(http.StatusOK)}
		op.Responses["200"] = success
	}
	delete(success.Headers, "Content-Type")
	success.Content = map[string]*huma.MediaType{
		"application/json": {Schema: schemas.Schema(reflect.TypeFor[Summary](), true, "Summary")},
		"application/cbor": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}
}
