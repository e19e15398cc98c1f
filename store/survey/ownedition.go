package survey

import (
	"regexp"
	"slices"
	"strings"
)

// OwnEdition is one region's addition to the national survey: questions that it asks after the
// national ones, whatever the questionnaire, and the areas (LEPs, ICBs and its own) by which it
// sorts its organisations. The newest edition is in force; the questions of earlier ones stay
// readable. Nothing in it is ever national.
type OwnEdition struct {
	ID        string     `json:"id"` // own-1
	Region    Region     `json:"region"`
	Title     string     `json:"title,omitempty"`
	Questions []Question `json:"questions,omitempty"`
	Areas     []Option   `json:"areas,omitempty"`
}

const maxAreas = 500

var (
	ownName = regexp.MustCompile(`^own-[1-9][0-9]{0,2}$`)
	// areaName matches an integrated care board (ODS code), a local enterprise
	// partnership (ONS code) and, with a region's code before it, its own.
	areaName = regexp.MustCompile(`^(Q[A-Z0-9]{2}|E37[0-9]{6}|[a-z]{2,8}\.[a-z0-9][a-z0-9_-]{0,39})$`)
)

// region returns the region whose own question it is, "" for a national one.
func (id QuestionID) region() Region {
	code, _, own := strings.Cut(string(id), ".")
	if !own {
		return ""
	}
	return Region(code)
}

func (o OwnEdition) check() error {
	wrong := faults(clip(o.ID))
	if !ownName.MatchString(o.ID) {
		return wrong("its id is own- and a number")
	}
	if region, err := ParseRegion(string(o.Region)); err != nil || region != o.Region {
		return wrong("its region is not the code of a region")
	}
	if len(o.Questions) > maxQuestions || len(o.Areas) > maxAreas || len(o.Questions)+len(o.Areas) == 0 {
		return wrong("it has %d questions and %d areas, of at most %d and %d, and at least one",
			len(o.Questions), len(o.Areas), maxQuestions, maxAreas)
	}

	// One set of names for both: the region's own areas are named like its questions.
	seen := map[string]bool{}
	for _, q := range o.Questions {
		switch problem := q.problem(); {
		case problem != "":
			return wrong("question %s: %s", clip(string(q.ID)), problem)
		case q.ID.region() != o.Region:
			return wrong("question %s: a question of the region's own begins with its code: %s.name",
				clip(string(q.ID)), o.Region)
		case q.OptionsFrom != "":
			return wrong("question %s: give its options here", q.ID)
		case seen[string(q.ID)]:
			return wrong("question %s stands in it twice", q.ID)
		}
		seen[string(q.ID)] = true
	}

	for _, a := range o.Areas {
		own := strings.Contains(a.Code, ".")
		switch {
		case !areaName.MatchString(a.Code) || own && !strings.HasPrefix(a.Code, string(o.Region)+"."):
			return wrong("area %s: a code is an ICB's (QU9), a LEP's (E37000025), or the region's own: %s.name",
				clip(a.Code), o.Region)
		case strings.TrimSpace(a.Label) == "" || seen[a.Code]:
			return wrong("area %s has no label, or stands there twice", clip(a.Code))
		}
		seen[a.Code] = true
	}
	return nil
}

// contradicts returns the first question of both editions whose meaning differs, "" if there is
// none. The words of a question may change, the meaning of its answers may not.
func (o OwnEdition) contradicts(other OwnEdition) QuestionID {
	for _, q := range o.Questions {
		at := slices.IndexFunc(other.Questions, func(x Question) bool { return x.ID == q.ID })
		if at < 0 {
			continue
		}

		now := other.Questions[at]
		same := q.Kind == now.Kind && q.Unit == now.Unit
		for _, option := range q.Options {
			_, kept := now.Option(option.Code)
			same = same && kept
		}

		if !same {
			return q.ID
		}
	}
	return ""
}
