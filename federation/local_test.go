package federation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/summaries"
	"github.com/ahsn-network/tracker/store/survey"
)

// published is every byte by which other nodes learn of one node's records, in
// a form that two runs can share: without request ids and the signatures and
// hashes over them, which are random in every run.
type published struct {
	Summaries map[survey.Cycle][]byte // signed, as a peer keeps them
	Heads     any                     // what gossip carries besides addresses
	Registry  []survey.Change         // what commands made of the registry
}

var three = []survey.Region{"otv", "gm", "wessex"}

// publishScrambled lets otv record whatever the scrambler makes, at moments that are the
// same in every run, and returns what left it.
func publishScrambled(t *testing.T, seed uint64, policy string) (out published) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		at := func(minute int) { time.Sleep(time.Until(begun.Add(time.Duration(minute) * time.Minute))) }
		f := federationtest.New(t, federationtest.Options{Regions: three, Seed: 5, Dir: inMemory(t), Editions: map[survey.Region]*survey.Editions{"otv": newScrambler(t, seed).own("otv")}})
		f.SetDelay(wayThere, wayThere)
		f.AwaitReady(30 * time.Second)
		at(1)
		otv := f.As("otv")
		_, err := otv.Campaigns().OpenCampaign(context.Background(), federationtest.Request(), survey.Campaign{Cycle: federationtest.Cycle, Policy: policy})
		if err != nil {
			t.Fatal(err)
		}
		companies := make([]survey.Identifier, 30)
		for i := range companies {
			companies[i] = survey.Identifier("GB-COH:990001" + string([]byte{'0' + byte(i/10), '0' + byte(i%10)}))
		}
		otv.AddCompanies(companies...)
		at(2)
		for _, id := range companies {
			otv.Claim(id)
		}
		at(3)
		made := newScrambler(t, seed)
		answerScrambled(t, otv, companies, made)
		at(4)
		recordScrambled(t, otv, companies, made)
		at(10)
		gm := f.As("gm")
		out.Registry, _ = gm.Registry().ChangesSince(0, 100_000)
		out.Heads = otv.Federation.Totals().Heads()
		if len(gm.Totals(survey.TotalsQuery{}).Figures) == 0 {
			t.Error("gm has no figures")
		}
		dirs := map[survey.Region]string{}
		for _, region := range three {
			dirs[region] = f.As(region).Dir
			f.Stop(region)
		}
		if !holdsMark(t, dirs["otv"]) {
			t.Error("the local words are not in the node's own files: the test proves nothing")
		}
		for _, peer := range []survey.Region{"gm", "wessex"} {
			if holdsMark(t, dirs[peer]) {
				t.Errorf("local words of otv are in the files of %s", peer)
			}
		}
		out.Summaries = summariesOf(t, filepath.Join(dirs["gm"], "summaries.db"), "otv")
	})
	return out
}

// wayThere and settles put what follows from each record in the same order in
// every run: the node publishes before the registry hears of it, and both are
// done before the next.
const (
	wayThere = 10 * time.Millisecond
	settles  = time.Second
)

// answerScrambled records answers for every company.
func answerScrambled(t *testing.T, n *federationtest.Node, companies []survey.Identifier, s *scrambler) {
	t.Helper()
	for _, id := range companies {
		request := federationtest.Request()
		request.Actor = s.local.Uint64()
		if _, err := n.Responses().RecordResponse(context.Background(), request, federationtest.Cycle, id, s.answers(n.Records.Editions(), n.Region)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settles)
	}
}

// recordScrambled records some records of every kind, and whatever else has words
// of its own.
func recordScrambled(t *testing.T, n *federationtest.Node, companies []survey.Identifier, s *scrambler) {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	for _, kind := range survey.RecordKinds() {
		of, err := n.Records.Editions().RecordType(kind)
		if err != nil {
			t.Fatal(err)
		}
		many := 12
		if figured[kind] == nil {
			many += s.local.IntN(12) // of what counts nowhere, as many as one likes
		}
		for range many {
			w := store.RecordWrite{Record: s.record(of, n.Region, companies), Sector: survey.SectorMedTech, SizeBand: survey.SizeSmall,
				Actor: s.local.Uint64(), At: now.AddDate(0, 0, -s.local.IntN(300))}
			if _, _, err := n.Records.AddRecord(ctx, w); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
			if figured[kind] != nil {
				time.Sleep(settles)
			}
		}
	}
	must := func(_ any, _ string, err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(n.Records.People().CreateToken(ctx, store.NewToken{Name: s.word(), Role: store.PermissionViewer}))
	link, secret, err := n.Records.Links().CreateSurveyLink(ctx, store.NewSurveyLink{Cycle: federationtest.Cycle, Organisation: companies[0],
		Email: s.word() + "@example.org", Contact: s.word(), Expires: now.AddDate(0, 1, 0)})
	must(link, secret, err)
	must(nil, "", n.Records.Links().SaveSurveyDraft(ctx, link.ID, "q15", map[string][]string{"q15": {s.word()}}))
	must(nil, "", n.Records.AppendAudit(ctx, store.AuditEntry{At: now, Actor: s.local.Uint64(), Action: "claim.release", Object: s.word(), Outcome: s.word()}))
	must(nil, "", n.Records.Imports().KeepMapping(ctx, "contacts", s.word(), map[string]string{s.word(): "email"}))
}

// holdsMark reports whether a local word stands in any file under dir.
func holdsMark(t *testing.T, dir string) bool {
	t.Helper()
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), mark) {
			found = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// summariesOf reads what a node keeps of one region, by cycle.
func summariesOf(t *testing.T, path string, region survey.Region) map[survey.Cycle][]byte {
	t.Helper()
	s, err := summaries.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[survey.Cycle][]byte{}
	err = s.All(func(of survey.Region, cycle survey.Cycle, signed []byte, _ time.Time) {
		if of == region {
			kept[cycle] = signed
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return kept
}

// Scrambling every field that is not published, of every kind of record, of
// answers, people, letters and reasons, changes no byte of what leaves the
// node, and none of its words is in a file of another.
func TestWhatIsLocalChangesNothingElsewhere(t *testing.T) {
	for _, policy := range []string{"open", "standard"} {
		var first published
		var registry []byte
		for seed := uint64(1); seed <= 3; seed++ {
			out := publishScrambled(t, seed, policy)
			text, err := json.Marshal(out.Registry)
			if err != nil {
				t.Fatal(err)
			}
			heads, err := json.Marshal(out.Heads)
			if err != nil {
				t.Fatal(err)
			}
			if seed == 1 {
				first, registry = out, append(text, heads...)
				if len(out.Summaries[federationtest.Cycle]) < 1000 || len(out.Registry) < 30 {
					t.Errorf("little has left: %d bytes, %d changes", len(out.Summaries[federationtest.Cycle]), len(out.Registry))
				}
				continue
			}
			if !bytes.Equal(registry, append(text, heads...)) {
				t.Errorf("%s, seed %d: the registry or the heads differ", policy, seed)
			}
			for cycle, signed := range out.Summaries {
				if !bytes.Equal(signed, first.Summaries[cycle]) {
					t.Errorf("%s, seed %d: the signed summary of %s differs", policy, seed, cycle)
				}
			}
		}
	}
}
