//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// localWord stands in every local field of one node, and nowhere else.
const localWord = "staysathomeword"

// TestLocalWordsAreNowhereElse records a word of its own in every field of
// every kind of record, in an answer, in lists, letters, drafts, names of people
// and tokens, and the key of a request at one node's processes, and looks for it in the files, the logs, the
// metrics and the receipts of the others. The demo's log is that of all nodes:
// what is local stands in none.
func TestLocalWordsAreNowhereElse(t *testing.T) {
	t.Parallel()
	d := startDemo(t, t.TempDir(), "--nodes", "3", "--no-data", "--policy", cli.DemoOpenPolicy)
	here, peers := d.node(1), []cli.DemoNode{d.node(0), d.node(2)}
	company := string(d.register(here, 0, 1)[0])
	// A client's key travels with its caller's number, hashed: its words stay.
	d.must(here, "claim", company, "--cycle", "2022-23", "--idempotency-key", localWord+"key")
	kept := 0
	for _, kind := range survey.RecordKinds() {
		of, err := survey.RecordTypeOf(kind)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.client(here).Post(context.Background(), "/"+string(kind), marked(of, here.Region, company)); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		kept++
	}
	answers := `{"answers": {"q01": "yes", "q02": ["` + here.Region + `"], "q03": 10, "q04": 2, "q05": 1, "q06": 1, "q07": {"equity": 5000}, "q08": 5000, "q10": 1, "q15": "` + localWord + `"}}`
	if said := d.tracker(here, answers, "response", "record", company, "--cycle", "2022-23", "--file", "-"); said.code != cli.ExitDone {
		t.Fatalf("%s%s", said.out, said.err)
	}
	secrets := d.localDoings(t, here, company)
	eventually(t, factTimeout, func() string {
		if d.figure(peers[0], "investment_leveraged") == 0 || d.figure(peers[1], "investment_leveraged") == 0 {
			return "the others don't know the figure yet"
		}
		return ""
	})
	for _, peer := range peers {
		places := map[string]string{
			"metrics": fetched(t, peer.Operator+"/metrics"),
			"receipt": d.must(peer, "receipt", company, "--cycle", "2022-23"),
			"status":  d.must(peer, "status", "--json"),
			"totals":  d.must(peer, "totals", "--cycle", "2022-23", "--json"),
			"log":     d.said(),
		}
		for place, text := range places {
			for _, word := range append(secrets, localWord) {
				if strings.Contains(text, word) || text == "" {
					t.Errorf("%s: the %s has a local word of %s, or is empty: %s", peer.Region, place, here.Region, word)
				}
			}
		}
		for _, word := range append(secrets, localWord) {
			if found := filesWith(t, peer.Dir, word); len(found) > 0 {
				t.Errorf("%s: the local word %s of %s is in %v", peer.Region, word, here.Region, found)
			}
		}
	}
	if found := filesWith(t, here.Dir, localWord); len(found) == 0 || kept < 14 {
		t.Errorf("the words are not even where they belong: %v, %d kinds", found, kept)
	}
}

// marked fills in every field of a kind of record.
func marked(of survey.RecordType, region, company string) map[string]any {
	fields := map[string]any{region + ".note": localWord}
	for _, f := range of.Fields {
		switch f.Kind {
		case survey.FieldChoice:
			fields[f.Name] = f.Options[0].Code
		case survey.FieldWords:
			fields[f.Name] = []string{localWord}
		case survey.FieldEmail:
			fields[f.Name] = localWord + "@example.org"
		case survey.FieldDate:
			fields[f.Name] = "2022-05-01"
		case survey.FieldCycle:
			fields[f.Name] = "2022-23"
		case survey.FieldOrganisation:
			fields[f.Name] = company
		case survey.FieldRegion:
			fields[f.Name] = region
		case survey.FieldArea:
			fields[f.Name] = region + "." + localWord
		case survey.FieldYesNo:
			fields[f.Name] = true
		case survey.FieldCount, survey.FieldMoney, survey.FieldFTE, survey.FieldDecimal:
			fields[f.Name] = 5
		default:
			fields[f.Name] = localWord
		}
	}
	return fields
}

func fetched(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// filesWith returns the files under dir that hold the word. Files that a running
// node removes meanwhile are none.
func filesWith(t *testing.T, dir, word string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if strings.Contains(string(text), word) {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
