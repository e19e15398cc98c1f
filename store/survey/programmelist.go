package survey

import (
	"slices"
	"sync"
)

// CurrentProgrammes is the edition of the declared programmes in use.
const CurrentProgrammes = "pl-1"

// Breakdowns of a region's own work.
const (
	ByProgramme Dimension = "programme"
	ByGroup     Dimension = "group" // of stakeholders
)

// Named is a declared name with the spellings under which people record it.
type Named struct {
	Code      string   `json:"code"`
	Label     string   `json:"label"`
	Spellings []string `json:"spellings"`
}

// ProgrammeList is one edition of the names under which the regions' own work
// is added up: nothing but declared names leaves a node.
type ProgrammeList struct {
	ID         string  `json:"id"`
	Programmes []Named `json:"programmes"`
	Measures   []Named `json:"measures"`
	Groups     []Named `json:"groups"`
}

var loadProgrammes = sync.OnceValues(func() (map[string]ProgrammeList, error) {
	return decodeEditions("pl-", func(l *ProgrammeList) string { return l.ID })
})

// Programmes returns the current edition, empty if it cannot be read. Read
// only: the slices are shared.
func Programmes() ProgrammeList {
	list, _ := embedded(loadProgrammes, "programmes", CurrentProgrammes)
	return list
}

// find returns the code of the name, or another one if it is not declared.
func find(list []Named, name, other string) string {
	key := FoldName(name)
	for _, n := range list {
		same := func(spelling string) bool { return FoldName(spelling) == key }
		if same(n.Code) || same(n.Label) || slices.ContainsFunc(n.Spellings, same) {
			return n.Code
		}
	}
	return other
}

// Programme returns the code under which a programme counts: "regional" for one
// that is not declared.
func (l ProgrammeList) Programme(name string) string { return find(l.Programmes, name, "regional") }

// Group returns the code under which a group of stakeholders counts.
func (l ProgrammeList) Group(name string) string { return find(l.Groups, name, "other") }

// Measure returns the code under which a measure counts, empty for a name that is not declared:
// such measures cannot be added up.
func (l ProgrammeList) Measure(name string) string { return find(l.Measures, name, "") }

func options(list []Named) []Option {
	return mapped(list, func(n Named) Option { return Option{Code: n.Code, Label: n.Label} })
}
