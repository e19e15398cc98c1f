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
	registry Registry
	mu       sync.RWMutex
	known    map[string]finding
}

type finding struct {
	organisation survey.Organisation
	severity     sheet.Severity // empty: nothing to say
	text         string
}

// maxKnown bounds what is remembered: more than a region has companies.
const maxKnown = 50_000

func newFinder(registry Registry) *finder {
	return &finder{registry: registry, known: map[string]finding{}}
}

// find returns the organisation that a row is about. Names count only if they
// are the same as a registered one, but for case, punctuation and the way the
// legal form is spelled; they never count if several organisations have them.
func (f *finder) find(row sheet.Row, who sheet.Who) (survey.Organisation, []sheet.Problem) {
	key := who.Name
	for _, id := range who.Identifiers {
		key += "\n" + string(id)
	}
	f.mu.RLock()
	found, ok := f.known[key]
	f.mu.RUnlock()
	if !ok {
		if len(who.Identifiers) > 0 {
			found = f.byNumber(who.Identifiers)
		} else {
			found = f.byName(who.Name)
		}
		f.mu.Lock()
		if len(f.known) == maxKnown {
			clear(f.known)
		}
		f.known[key] = found
		f.mu.Unlock()
	}
	if found.severity == "" {
		return found.organisation, nil
	}
	return found.organisation, []sheet.Problem{{Row: row.Number, Line: row.Line, Severity: found.severity, Text: found.text}}
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

// nameCandidates is how many close names are looked at.
const nameCandidates = 50

func (f *finder) byName(name string) finding {
	key := survey.NameKey(name)
	var same []survey.Organisation
	for _, match := range f.registry.SearchOrganisations(name, nameCandidates) {
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
