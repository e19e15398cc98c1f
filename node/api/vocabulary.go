package api

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// The types below lend the vocabulary's closed lists to the schemas, so that a
// word added in store/survey is accepted and documented here without a second
// list. They stand in for the survey type of the same name.
type (
	reasonCode         string
	organisationKind   string
	organisationStatus string
	sector             string
	sizeBand           string
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
	return enum(survey.KindCompany, survey.KindCharity, survey.KindNHS, survey.KindUniversity, survey.KindPublic, survey.KindIndividual, survey.KindOther)
}

// Schema lists what a public register says of an organisation.
func (organisationStatus) Schema(huma.Registry) *huma.Schema {
	return enum(survey.StatusActive, survey.StatusDissolved, survey.StatusUnknown)
}

// Schema lists the sectors.
func (sector) Schema(huma.Registry) *huma.Schema { return enum(survey.Sectors()...) }

// Schema lists the size bands.
func (sizeBand) Schema(huma.Registry) *huma.Schema { return enum(survey.SizeBands()...) }

// lendVocabulary makes the schemas of the survey types those above.
func lendVocabulary(r huma.Registry) {
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

// The parsers below name the faulty field and what it should look like.

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

func parseRegion(field, text string) (survey.Region, error) {
	region, err := survey.ParseRegion(text)
	if err != nil {
		codes := make([]string, 0, len(survey.Regions()))
		for _, r := range survey.Regions() {
			codes = append(codes, string(r.Region))
		}
		return "", invalidField(field, "use one of "+strings.Join(codes, ", "))
	}
	return region, nil
}

func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
