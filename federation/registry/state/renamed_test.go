package state

import (
	"encoding/csv"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

var lists = flag.String("lists", "", "directory with uk-employers-2019-20.csv and uk-employers-2021-22.csv, for TestRenamedInRealLists")

// sameWords is a key that forgives more than survey.NameKey: legal forms, a
// leading THE, a trailing CO and spaces are dropped too. It merges companies
// that are different ones, so nothing is decided by it: it counts true renames.
func sameWords(name string) string {
	key := strings.TrimPrefix(survey.FoldName(name), "THE ")
	for shorter := ""; shorter != key; {
		shorter = key
		for _, end := range []string{" LIMITED LIABILITY PARTNERSHIP", " PUBLIC LIMITED COMPANY", " COMMUNITY INTEREST COMPANY",
			" LIMITED", " LTD", " PLC", " LLP", " LP", " CIC", " CIO", " CYF", " CYFYNGEDIG", " UNLIMITED", " CO"} {
			key = strings.TrimSuffix(key, end)
		}
	}
	return strings.ReplaceAll(key, " ", "")
}

// renamedInOneWord are the companies of two public lists, two years apart, of
// which the registry keeps the earlier name although the words are the same.
// Ten were registered again as another kind of company: that is another name in
// the public register too, and how the papers of then
// call them. The eleventh lost its hyphen.
var renamedInOneWord = []struct{ number, earlier, later string }{
	{"00093792", "ROYAL & SUN ALLIANCE INSURANCE PLC", "ROYAL & SUN ALLIANCE INSURANCE LIMITED"},
	{"02906593", "NORTHERN POWERGRID (NORTHEAST) LIMITED", "NORTHERN POWERGRID (NORTHEAST) PLC"},
	{"04157867", "SCHLUMBERGER OILFIELD UK PLC", "SCHLUMBERGER OILFIELD UK LIMITED"},
	{"04160917", "GW PHARMACEUTICALS PLC", "GW PHARMACEUTICALS LIMITED"},
	{"04212563", "WILLIAM HILL PLC", "WILLIAM HILL LIMITED"},
	{"04947152", "COUNTRYWIDE GROUP PLC", "COUNTRYWIDE GROUP LIMITED"},
	{"05386273", "OXFORD NANOPORE TECHNOLOGIES LIMITED", "OXFORD NANOPORE TECHNOLOGIES PLC"},
	{"05728008", "HML HOLDINGS PLC", "HML HOLDINGS LIMITED"},
	{"06366267", "CAN-PACK UK LIMITED", "CANPACK UK LIMITED"},
	{"08649661", "ARROW GLOBAL GROUP PLC", "ARROW GLOBAL GROUP LIMITED"},
	{"08752809", "Pm Central Services PLC", "PM CENTRAL SERVICES LIMITED"},
}

func TestRenamedInOneWord(t *testing.T) {
	b := newBench()
	b.found("otv")
	for _, c := range renamedInOneWord {
		if sameWords(c.earlier) != sameWords(c.later) {
			t.Errorf("%s: %q and %q are not the same words", c.number, c.earlier, c.later)
		}
		id := survey.Identifier("GB-COH:" + c.number)
		for i, name := range []string{c.earlier, c.later} {
			b.do("otv", typeAddOrganisations, items("", survey.NewOrganisation{Identifiers: []survey.Identifier{id}, Name: name, NameAsOf: listDays[i]}))
		}
		o, err := reader(b).Organisation(id)
		if err != nil || o.Name != c.later || len(o.PreviousNames) != 1 || o.PreviousNames[0].Name != c.earlier {
			t.Errorf("%s: %+v, %v", c.number, o, err)
		}
	}
}

var listDays = []string{"2020-04-05", "2022-04-05"}

// TestRenamedInRealLists imports both lists and counts which names differ, of
// which of these the registry keeps the earlier one, and which are other words.
// The lists are not part of this repository: name their directory with -lists.
func TestRenamedInRealLists(t *testing.T) {
	if *lists == "" {
		t.Skip("the two lists are not here: go test -run RealLists -args -lists DIR")
	}
	b := newBench()
	b.found("otv")
	earlier, later := b.addList(t, "uk-employers-2019-20.csv", listDays[0]), b.addList(t, "uk-employers-2021-22.csv", listDays[1])
	var both, differ, kept, words int
	for id, before := range earlier {
		now, again := later[id]
		if !again {
			continue
		}
		both++
		if before == now {
			continue
		}
		differ++
		if o, err := reader(b).Organisation(id); err != nil {
			t.Fatal(err)
		} else if len(o.PreviousNames) > 0 {
			kept++
		}
		if sameWords(before) != sameWords(now) {
			words++
		}
	}
	if both != 4446 || differ != 255 || kept != 160 || words != 149 || kept-words != len(renamedInOneWord) {
		t.Errorf("in both %d, other name %d, of these kept %d, other words %d", both, differ, kept, words)
	}
}

// addList adds the companies of the list that have a number and returns their
// names.
func (b *bench) addList(t *testing.T, file, day string) map[survey.Identifier]string {
	t.Helper()
	f, err := os.Open(filepath.Join(*lists, file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	names := map[survey.Identifier]string{}
	var batch []survey.NewOrganisation
	for i, row := range rows[1:] {
		if number := row[column["CompanyNumber"]]; number != "" {
			id, err := survey.ParseIdentifier("GB-COH:" + number)
			if err != nil {
				t.Fatal(err)
			}
			names[id] = row[column["EmployerName"]]
			batch = append(batch, survey.NewOrganisation{Identifiers: []survey.Identifier{id}, Name: survey.CleanName(names[id]), NameAsOf: day})
		}
		if len(batch) == maxRowItems || i == len(rows)-2 {
			b.do("otv", typeAddOrganisations, items("", batch...))
			batch = nil
		}
	}
	return names
}
