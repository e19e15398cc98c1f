package survey

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Editions are all the versions that one node knows: those of its software and
// those that its region loaded beside its records. A name means the same
// content for ever; other content under a known name is refused.
//
// A value never changes after it was made, so any number of packages may share it; [Editions.With]
// returns a new one. A nil *Editions knows the software's editions alone. The methods return slices
// that other callers share: read only.
type Editions struct {
	region         Region
	questionnaires map[string]Questionnaire
	definitions    map[string]Definitions
	stakeholders   map[string]Stakeholders
	own            []OwnEdition      // by rising number
	hashes         map[string]string // by id, of all that was loaded
}

// NewEditions returns the software's own editions for the node of a region. Without a region it
// accepts every region's own editions, for checking files.
func NewEditions(region Region) *Editions { return &Editions{region: region} }

// Check reads one edition as [ParseEdition] does and checks it against the known ones: definitions
// need their questionnaire, a known name must have its known content, and a region's own edition
// must be of this node's region. It adds nothing.
func (e *Editions) Check(data []byte) (Edition, error) {
	read, err := ParseEdition(data)
	if err != nil {
		return Edition{}, err
	}

	hash, err := e.hash(read.ID)
	switch {
	case err != nil:
		return Edition{}, err
	case hash != "" && hash != read.Hash:
		return Edition{}, Invalid("%s is known here with other content: a version never changes, "+
			"give the new content a new number", read.ID)
	}

	read.Known = hash != ""

	// Only these two kinds depend on other editions.
	switch read.Kind {
	case EditionDefinitions:
		asked, err := e.National(read.definitions.Questionnaire)
		if err != nil {
			return Edition{}, read.definitions.wrong("load their questionnaire %s first", clip(read.definitions.Questionnaire))
		}
		return read, read.definitions.against(asked)
	case EditionOwn:
		return read, e.checkOwn(read.own)
	}
	return read, nil
}

// checkOwn refuses an edition of another region, and one that gives a question of an earlier
// edition another meaning.
func (e *Editions) checkOwn(o OwnEdition) error {
	if e == nil {
		return nil
	}
	if e.region != "" && e.region != o.Region {
		return Invalid("%s is of the region %s, this node is %s's", o.ID, o.Region, e.region)
	}

	// Answers recorded with an earlier edition must keep their meaning.
	for _, before := range e.own {
		if before.ID == o.ID || before.Region != o.Region {
			continue
		}
		if id := before.contradicts(o); id != "" {
			return Invalid("%s: %s has other content in %s: what answers mean never changes, "+
				"give the new content a new name", o.ID, id, before.ID)
		}
	}
	return nil
}

// hash returns the hash of the known edition of that name, "" if there is none.
func (e *Editions) hash(id string) (string, error) {
	if id == stakeholdersOne().ID {
		return contentHash(stakeholdersOne())
	}

	// The software's own files come first: a loaded file never takes their names.
	if embedded, err := editions.ReadFile("data/" + id + ".json"); err == nil {
		same, err := ParseEdition(embedded)
		return same.Hash, err
	}

	if e == nil {
		return "", nil
	}
	return e.hashes[id], nil
}

// With returns the editions and one more, as Check returned it. A known one changes nothing.
func (e *Editions) With(more Edition) *Editions {
	if more.Known {
		return e
	}

	next := Editions{questionnaires: map[string]Questionnaire{}, definitions: map[string]Definitions{},
		stakeholders: map[string]Stakeholders{}, hashes: map[string]string{}}
	if e != nil {
		next.region, next.own = e.region, slices.Clone(e.own)
		maps.Copy(next.questionnaires, e.questionnaires)
		maps.Copy(next.definitions, e.definitions)
		maps.Copy(next.stakeholders, e.stakeholders)
		maps.Copy(next.hashes, e.hashes)
	}

	next.hashes[more.ID] = more.Hash
	switch more.Kind {
	case EditionQuestionnaire:
		next.questionnaires[more.ID] = more.questionnaire
	case EditionDefinitions:
		next.definitions[more.ID] = more.definitions
	case EditionStakeholders:
		next.stakeholders[more.ID] = more.stakeholders
	case EditionOwn:
		next.own = append(next.own, more.own)
		slices.SortFunc(next.own, func(a, b OwnEdition) int { return byNumber(a.ID, b.ID) })
	}
	return &next
}

// National returns the questionnaire as the nation asks it, without any
// region's own questions. It returns an error wrapping ErrNotFound for one that
// is not known.
func (e *Editions) National(id string) (Questionnaire, error) {
	q, err := e.whole(id)
	q.Questions = slices.DeleteFunc(slices.Clone(q.Questions), func(q Question) bool { return q.ID.Own() })
	return q, err
}

// Questionnaire returns the questionnaire as this node's region asks it: the
// national questions, then the region's own of its newest edition. It returns
// an error wrapping ErrNotFound for one that is not known.
func (e *Editions) Questionnaire(id string) (Questionnaire, error) {
	return e.with(id, func(of []OwnEdition) []OwnEdition { return of[max(0, len(of)-1):] })
}

// Recorded returns every question that answers may have been recorded for: those of Questionnaire,
// then those that the region no longer asks.
func (e *Editions) Recorded(id string) (Questionnaire, error) {
	return e.with(id, func(of []OwnEdition) []OwnEdition { return of })
}

// whole returns the questionnaire as its file has it.
func (e *Editions) whole(id string) (Questionnaire, error) {
	q, err := QuestionnaireByID(id)
	if err != nil && e != nil {
		if loaded, ok := e.questionnaires[id]; ok {
			return loaded, nil
		}
	}
	return q, err
}

func (e *Editions) with(id string, choose func([]OwnEdition) []OwnEdition) (Questionnaire, error) {
	q, err := e.whole(id)
	if err != nil || e == nil {
		return q, err
	}

	// A national file may ask questions of single regions: each is asked only there.
	if e.region != "" {
		q.Questions = slices.DeleteFunc(slices.Clone(q.Questions), func(q Question) bool {
			return q.ID.Own() && q.ID.region() != e.region
		})
	}

	// Clipped, so that appending never writes into the shared slice.
	q.Questions = slices.Clip(q.Questions)

	// Newest first, so that a question has the words of its newest edition.
	chosen := choose(e.own)
	for i := len(chosen) - 1; i >= 0; i-- {
		for _, own := range chosen[i].Questions {
			if _, there := q.Question(own.ID); !there {
				q.Questions = append(q.Questions, own)
			}
		}
	}
	return q, nil
}

// Definitions returns the definitions with that id, or an error wrapping
// ErrNotFound.
func (e *Editions) Definitions(id string) (Definitions, error) {
	d, err := DefinitionsByID(id)
	if err != nil && e != nil {
		if loaded, ok := e.definitions[id]; ok {
			return loaded, nil
		}
	}
	return d, err
}

// DefinitionsFor returns the definitions by which answers to the questionnaire
// count where the campaign's own are not known: the current ones where they
// cover it, else the greatest that were loaded for it. It returns an error
// wrapping ErrNotFound if there are none: then such answers count nowhere.
func (e *Editions) DefinitionsFor(questionnaire string) (Definitions, error) {
	d, err := DefinitionsByID(CurrentDefinitions)
	if err != nil || d.Questionnaire == questionnaire {
		return d, err
	}

	if e != nil {
		for _, id := range slices.Backward(slices.SortedFunc(maps.Keys(e.definitions), byNumber)) {
			if d := e.definitions[id]; d.Questionnaire == questionnaire {
				return d, nil
			}
		}
	}
	return Definitions{}, fmt.Errorf("%w: metric definitions for the questionnaire %q", ErrNotFound, clip(questionnaire))
}

// RecordType returns the type of a kind as [RecordTypeOf] does, with the
// options that editions add: the statements of every stakeholders' survey that
// is known, and the region's areas.
func (e *Editions) RecordType(kind RecordKind) (RecordType, error) {
	t, err := RecordTypeOf(kind)
	if err != nil || e == nil {
		return t, err
	}

	t.Fields = slices.Clone(t.Fields)
	for i := range t.Fields {
		switch f := &t.Fields[i]; {
		case kind == RecordStakeholders && f.Name == fieldStatement:
			f.Options = e.Statements()
		case f.Kind == FieldArea:
			f.Options = e.Areas()
		}
	}
	return t, nil
}

// Areas returns the areas of the region's newest list, in its order.
func (e *Editions) Areas() []Option {
	if e == nil || len(e.own) == 0 {
		return nil
	}
	return e.own[len(e.own)-1].Areas
}

// Statements returns those of every stakeholders' survey that is known, in the
// order of the editions, each code once with the words of the newest.
func (e *Editions) Statements() []Option {
	all := slices.Clone(stakeholdersOne().Statements)
	if e == nil {
		return all
	}

	for _, id := range slices.SortedFunc(maps.Keys(e.stakeholders), byNumber) {
		for _, s := range e.stakeholders[id].Statements {
			if at := slices.IndexFunc(all, func(o Option) bool { return o.Code == s.Code }); at >= 0 {
				all[at] = s
			} else {
				all = append(all, s)
			}
		}
	}
	return all
}

// Files returns the names of the files of the loaded editions, in order. Backups include them:
// without them the answers cannot be read.
func (e *Editions) Files() []string {
	if e == nil {
		return nil
	}
	return mapped(slices.Sorted(maps.Keys(e.hashes)), func(id string) string { return id + ".json" })
}

// byNumber compares ids such as "nq-N" by N.
func byNumber(a, b string) int { return editionNumber(a) - editionNumber(b) }

func editionNumber(id string) int {
	_, digits, _ := strings.Cut(id, "-")
	number, _ := strconv.Atoi(digits)
	return number
}
