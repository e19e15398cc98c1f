package survey

import (
	"slices"
	"strings"
)

// areaType is the place of an organisation in the region's own words, one record for each
// organisation. It counts in no figure and never leaves the node.
var areaType = RecordType{
	Kind: RecordAreas, Label: "Areas that organisations lie in", Retention: RetentionProgramme, OnePer: true,
	Fields: remarks(organisation(true),
		field(FieldArea, "icb", "Integrated care board", "ics", "integratedcaresystem", "ccg"),
		field(FieldArea, "lep", "Local enterprise partnership", "localenterprisepartnership"),
		field(FieldArea, "area", "Other area", "county", "district", "locality")),
	check: func(r Record) []FieldProblem {
		return problemIf(len(r.Areas()) == 0, "area", ProblemMissing, "give at least one of icb, lep and area")
	},
}

// areaFields are the fields of kind area, in order.
var areaFields = []string{"icb", "lep", "area"}

// Areas returns the codes of the areas that the record names, in the order of
// its fields.
func (r Record) Areas() []string {
	var codes []string
	for _, field := range areaFields {
		if code := r.Text(field); code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

// ParseArea reads an area's code, or its name in the region's list. It returns false for anything
// else.
func ParseArea(list []Option, region Region, text string) (string, bool) {
	text = strings.TrimSpace(text)
	if code, ok := optionCode(list, text); ok {
		return code, true
	}

	// The codes of ICBs and LEPs are capitals, and have no point.
	if code := strings.ToUpper(text); !strings.Contains(code, ".") {
		return code, areaName.MatchString(code)
	}
	return text, areaName.MatchString(text) && strings.HasPrefix(text, string(region)+".")
}

func (p *recordParser) area(f RecordField, text string) (string, bool) {
	code, ok := ParseArea(f.Options, p.region, text)
	if !ok {
		p.add(f.Name, ProblemUnknownCode, "give an ICB's code (QU9), a LEP's (E37000025), "+
			"one of the region's own ("+string(p.region)+".name), or a name of the region's list")
	}
	return code, ok
}
