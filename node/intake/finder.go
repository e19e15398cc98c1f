package intake

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// finder finds the organisations of a list's rows in the registry. Lists name
// the same ones over and over, so it remembers. Several rows may ask at the
// same time; two that ask for the same the first time both look.
type finder struct {
	registry ImportRegistry
	mu       sync.RWMutex
	known    map[string]finding // by the cells that say whom a row is about
}

type finding struct {
	organisation survey.Organisation
	severity     sheet.Severity // empty: nothing to say
	text         string
}

// maxRemembered bounds what is remembered: more than a region has companies.
const maxRemembered = 50_000

func newFinder(registry ImportRegistry) *finder {
	return &finder{registry: registry, known: map[string]finding{}}
}

// about returns the organisation that a row is about, and what there is to say
// of that.
func (f *finder) about(columns sheet.Mapping, row sheet.Row) (survey.Organisation, []sheet.Problem) {
	cells := columns.WhoCells(row)
	f.mu.RLock()
	found, known := f.known[cells]
	f.mu.RUnlock()
	if !known {
		who, problems := columns.Who(row)
		if sheet.AnyRefused(problems) {
			return survey.Organisation{}, problems
		}
		found = f.find(who)
		if len(problems) > 0 {
			return found.organisation, append(problems, found.problems(row)...)
		}
		f.mu.Lock()
		if len(f.known) == maxRemembered {
			clear(f.known)
		}
		f.known[cells] = found
		f.mu.Unlock()
	}
	return found.organisation, found.problems(row)
}

func (f finding) problems(row sheet.Row) []sheet.Problem {
	if f.severity == "" {
		return nil
	}
	return []sheet.Problem{{Row: row.Number, Line: row.Line, Severity: f.severity, Text: f.text}}
}

// find looks in the registry. Names count only if they are the same as a
// registered one, but for case, punctuation and the way the legal form is
// spelled; they never count if several organisations have them.
func (f *finder) find(who sheet.Who) finding {
	if len(who.Identifiers) > 0 {
		return f.byNumber(who.Identifiers)
	}
	return f.byName(who.Name)
}

func (f *finder) byNumber(ids []survey.Identifier) finding {
	var found survey.Organisation
	for _, id := range ids {
		o, err := f.registry.Organisation(id)
		switch {
		case err != nil:
			continue
		case found.ID != "" && found.ID != o.ID:
			return finding{severity: sheet.Refused, text: fmt.Sprintf("the numbers belong to different organisations (%s and %s)", found.ID, o.ID)}
		}
		found = o
	}
	if found.ID == "" {
		return finding{severity: sheet.Refused, text: fmt.Sprintf("%s is not registered: import it as an organisation first", ids[0])}
	}
	return finding{organisation: found}
}

// maxCandidates is how many close names are looked at.
const maxCandidates = 50

func (f *finder) byName(name string) finding {
	key := survey.NameKey(name)
	var same []survey.Organisation
	for _, match := range f.registry.SearchOrganisations(name, maxCandidates) {
		names := []string{match.Name}
		for _, previous := range match.PreviousNames {
			names = append(names, previous.Name)
		}
		if slices.ContainsFunc(names, func(n string) bool { return survey.NameKey(n) == key }) {
			same = append(same, match.Organisation)
		}
	}
	switch len(same) {
	case 0:
		return finding{severity: sheet.Refused, text: "no registered organisation has this name: give its number, or import it as an organisation first"}
	case 1:
		return finding{organisation: same[0], severity: sheet.Warning, text: fmt.Sprintf("found by its name: %s", same[0].ID)}
	}
	ids := make([]string, len(same))
	for i, o := range same {
		ids[i] = string(o.ID)
	}
	return finding{severity: sheet.Refused, text: "several organisations have this name: give the number of one (" + strings.Join(ids, ", ") + ")"}
}
