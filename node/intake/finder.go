package intake

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// finder finds the organisations of a list's rows in the registry. Lists name the same
// organisations many times, so it remembers them. Several goroutines may ask at the same time; two
// that ask for the same organisation first may both look it up.
type finder struct {
	registry ImportRegistry
	mu       sync.RWMutex
	known    map[string]finding // by the cells that name the organisation
}

type finding struct {
	organisation survey.Organisation
	severity     sheet.Severity // empty: nothing to say
	text         string
}

// maxRemembered bounds how many organisations are remembered: a region has fewer.
const maxRemembered = 50_000

func newFinder(registry ImportRegistry) *finder {
	return &finder{registry: registry, known: map[string]finding{}}
}

// about returns the organisation that a row is about, and the problems of finding it.
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

		// The problems of the cells name a row, so only findings without any are remembered.
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
	return []sheet.Problem{row.Problem("", f.severity, "%s", f.text)}
}

// unfound is the finding of a row whose organisation is not known for certain.
func unfound(format string, args ...any) finding {
	return finding{severity: sheet.Refused, text: fmt.Sprintf(format, args...)}
}

// find looks the organisation up in the registry. A name counts only if it equals a registered name
// apart from case, punctuation and the spelling of the legal form, and only one organisation has
// it.
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
			return unfound("the numbers belong to different organisations (%s and %s)", found.ID, o.ID)
		}
		found = o
	}

	if found.ID == "" {
		return unfound("%s is not registered: import it as an organisation first", ids[0])
	}
	return finding{organisation: found}
}

// maxCandidates bounds how many close names are compared.
const maxCandidates = 50

func (f *finder) byName(name string) finding {
	// The search also finds similar names; only those with the same key count.
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
		return unfound("no registered organisation has this name: give its number, or import it as an organisation first")
	case 1:
		// The warning lets a person see that the right company was found.
		text := fmt.Sprintf("found by its name: %s", same[0].ID)
		return finding{organisation: same[0], severity: sheet.Warning, text: text}
	}

	ids := make([]string, len(same))
	for i, o := range same {
		ids[i] = string(o.ID)
	}
	return unfound("several organisations have this name: give the number of one (%s)", strings.Join(ids, ", "))
}
