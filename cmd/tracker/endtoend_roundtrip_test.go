//go:build unix

package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// realLists names two lists to go round instead of the made-up ones: employers
// of two years, as the government publishes them.
var realLists = flag.String("lists", "", "two real lists of organisations, separated by a comma, for the end-to-end test of export and import")

// messyLists returns two years' lists with the mess of the published ones:
// blank, odd and quoted numbers, renames, doubled spaces, line breaks inside
// quotes, facts that one year has alone, and organisations without a number
// that share a name with another's former one.
func messyLists() (earlier, later string) {
	random := rand.New(rand.NewPCG(7, 11))
	var a, b strings.Builder
	a.WriteString("EmployerName,EmployerId,CompanyNumber,SicCodes,EmployerSize,CurrentName,DateSubmitted\r\n")
	b.WriteString("EmployerName,EmployerId,PostCode,CompanyNumber,SicCodes,EmployerSize,CurrentName,DateSubmitted\r\n")
	sizes := []string{"Less than 250", "250 to 499", "", `"5000 to 19,999"`}
	for i := range 600 {
		name, number := fmt.Sprintf("Firm  %d Ltd", i), fmt.Sprintf("%08d", 99010000+i)
		switch {
		case i%7 == 0:
			number = ""
		case i%31 == 0:
			number = fmt.Sprintf("MUT%05d", i)
		case i%5 == 0:
			number = fmt.Sprintf(`"%s`+"\n"+`"`, number)
		}
		renamed := name
		if i%9 == 0 {
			renamed = fmt.Sprintf("FIRM %d (HOLDINGS) LIMITED", i)
		}
		size := sizes[random.IntN(len(sizes))]
		if i%3 != 0 {
			fmt.Fprintf(&a, "%s,%d,%s,\"21100,\r\n%d\",%s,%s,2020/03/%02d 10:00:00\r\n", name, i, number, 32500+i%2, size, name, 1+i%28)
		}
		if i%4 != 0 {
			fmt.Fprintf(&b, "%s,%d,OX4 %dAB,%s,,%s,%s,%02d/02/2022 09:00\r\n", name, i, i%10, number, sizes[random.IntN(len(sizes))], renamed, 1+i%28)
		}
	}
	// Numberless ones whose names meet: at once, by a former name, and with a
	// numbered one's.
	a.WriteString("Ambulance Training Centre,900,,86900,250 to 499,Ambulance Training Centre,2020/01/30 10:00:00\r\n")
	a.WriteString("The Sovereign's Household,901,,,250 to 499,The Sovereign's Household,2020/04/03 10:00:00\r\n")
	a.WriteString("Northern Housing Group Limited,902,99020001,,,Northern Housing Group Limited,2020/04/03 10:00:00\r\n")
	b.WriteString("Ambulance Training Centre,903,NG8 1AA,,86900,Less than 250,Midlands Ambulance Trust,07/12/2021 09:00\r\n")
	b.WriteString("Sovereign's Household,904,SW1A 1AA,,,Less than 250,Royal Household,07/12/2021 09:00\r\n")
	b.WriteString("Northern Housing Group Limited,905,,RS999999,,,Northern Housing Group Limited,07/12/2021 09:00\r\n")
	return a.String(), b.String()
}

// TestListsGoRoundUnchanged exports what two messy lists made of the registry
// and imports it, into the same federation and into an empty one: the first has
// nothing to learn, and the second exports the same to the byte.
func TestListsGoRoundUnchanged(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs real processes")
	}
	t.Parallel()
	dir := t.TempDir()
	keep := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	earlier, later := messyLists()
	lists := []string{keep("earlier.csv", earlier), keep("later.csv", later)}
	if *realLists != "" {
		lists = strings.Split(*realLists, ",")
	}
	home, empty := aloneIn(t, filepath.Join(dir, "home")), aloneIn(t, filepath.Join(dir, "empty"))
	for _, list := range lists {
		if c := importFates(home, list); c["added"] == "0" || c["refused"] != "0" {
			t.Errorf("%s: %v", list, c)
		}
	}
	for _, list := range lists {
		if c := importFates(home, list); c["added"] != "0" || c["updated"] != "0" {
			t.Errorf("%s again: %v", list, c)
		}
	}
	before := home.at("otv", "export", "organisations")
	out := keep("out.csv", before+"\n")
	if c := importFates(home, out); c["known already"] != c["rows"] {
		t.Errorf("back where it came from: %v", c)
	}
	if c := importFates(empty, out); c["added"] != c["rows"] {
		t.Errorf("into an empty federation: %v", c)
	}
	for name, f := range map[string]*independent{"home": home, "empty": empty} {
		if after := f.at("otv", "export", "organisations"); after != before {
			t.Errorf("%s exports otherwise:\n%s", name, differences(before, after))
		}
	}
	if c := importFates(empty, out); c["known already"] != c["rows"] {
		t.Errorf("a second time: %v", c)
	}
}

// aloneIn founds a federation of one and serves it.
func aloneIn(t *testing.T, dir string) *independent {
	t.Helper()
	f := &independent{t: t, dir: dir, nodes: map[string]cli.DemoNode{}, running: map[string]*spawned{}}
	if err := os.Mkdir(f.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	f.must(append([]string{"init", "--region", "otv", "--solo-steps"}, f.ports("otv")...)...)
	f.serve("otv")
	f.await("otv", "itself voting", func(s survey.FederationStatus) bool { return s.Leader == "otv" && row(s, "otv").Stage == "votes" })
	return f
}

// importFates imports a list of organisations and returns how many rows had each
// fate.
func importFates(f *independent, path string) map[string]string {
	f.t.Helper()
	out, talk, err := f.try("import", "organisations", path, "--dir", f.nodes["otv"].Dir)
	if err != nil && !strings.Contains(out, "possible duplicates") {
		f.t.Fatalf("%v %s%s", err, out, talk)
	}
	fates := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^([a-z ]+?) {2,}([0-9,]+)$`).FindAllStringSubmatch(out, -1) {
		fates[m[1]] = m[2]
	}
	return fates
}

// differences lists the first lines that only one of two texts has.
func differences(a, b string) string {
	var out []string
	for sign, texts := range map[string][2]string{"-": {a, b}, "+": {b, a}} {
		has := map[string]bool{}
		for line := range strings.Lines(texts[1]) {
			has[strings.TrimSpace(line)] = true
		}
		for line := range strings.Lines(texts[0]) {
			if line = strings.TrimSpace(line); !has[line] && len(out) < 20 {
				out = append(out, sign+line)
			}
		}
	}
	return strings.Join(out, "\n")
}
