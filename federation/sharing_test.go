package federation_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// said is an answer that names two other regions, with words of its own.
const said = `{"q01":"yes","q02":["otv","wessex","sw"],"q03":10,"q04":2,"q05":1,"q06":1,"q07":{"equity":1000},"q08":1000,"q10":1,"q15":"MARKER-OF-ACME","otv.park":"by the river"}`

// sharedWith returns the copy that a node can read, its mark after it was taken
// back, or nil.
func sharedWith(t *testing.T, n *federationtest.Node) *survey.SharedResponse {
	t.Helper()
	shared, err := n.Sharing().Shared(federationtest.Cycle)
	if err != nil || len(shared) > 1 {
		t.Fatalf("%s: %+v %v", n.Region, shared, err)
	}
	if len(shared) == 0 {
		return nil
	}
	if of, err := n.Sharing().SharedOf(federationtest.Cycle, shared[0].Organisation); err != nil || len(of) != 1 || of[0].Version != shared[0].Version {
		t.Errorf("%s: of the company alone: %+v %v", n.Region, of, err)
	}
	return &shared[0]
}

func TestAnswersAreSharedWithTheRegionsThatTheCompanyNamed(t *testing.T) {
	federate(t, five, func(f *federationtest.Federation) {
		ctx, otv := context.Background(), f.As("otv")
		otv.Claim(acme)
		if _, err := otv.Responses().RecordResponse(ctx, federationtest.Request(), federationtest.Cycle, acme, []byte(said)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		for _, region := range five {
			if got := sharedWith(t, f.As(region)); got != nil {
				t.Errorf("%s has %+v without the company's word", region, got)
			}
		}
		// sw is away when the company allows it, and gets its copy later.
		f.Stop("sw")
		if err := otv.Sharing().SetSharing(ctx, federationtest.Request(), federationtest.Cycle, acme, survey.SharingAllowed); err != nil {
			t.Fatal(err)
		}
		has := func(n *federationtest.Node) bool {
			got := sharedWith(t, n)
			return got != nil && got.From == "otv" && got.Answers != nil && got.Answers.Of("q15").Text == "MARKER-OF-ACME" && got.Answers.Of("otv.park").Status == survey.AnswerMissing
		}
		f.Await(20*time.Second, "wessex having a copy", []survey.Region{"wessex"}, has)
		f.Start("sw")
		f.Await(3*time.Minute, "sw having its copy", []survey.Region{"sw"}, has)
		for _, region := range []survey.Region{"nenc", "gm", "otv"} {
			if got := sharedWith(t, f.As(region)); got != nil {
				t.Errorf("%s has %+v and was not named", region, got)
			}
		}
		f.Await(10*time.Second, "the answer counting once", five, func(n *federationtest.Node) bool {
			return n.Leveraged() == 1000 && n.Totals(survey.TotalsQuery{}).Responded == 1
		})
		// The copies are sealed where they lie; nobody else has a word of it.
		f.Stop("wessex")
		for _, region := range []survey.Region{"nenc", "gm", "wessex"} {
			findsNothing(t, f.As(region).Dir, "MARKER-OF-ACME")
		}
		f.Start("wessex")

		// A correction follows; taking the word back deletes the copies.
		if _, err := otv.Responses().RecordResponse(ctx, federationtest.Request(), federationtest.Cycle, acme, bytes.Replace([]byte(said), []byte(`"sw"]`), []byte(`"gm"]`), 1)); err != nil {
			t.Fatal(err)
		}
		revoked := func(n *federationtest.Node) bool {
			got := sharedWith(t, n)
			return got != nil && got.Answers == nil && !got.RevokedAt.IsZero()
		}
		f.Await(3*time.Minute, "gm having the correction", []survey.Region{"gm", "wessex"}, has)
		f.Await(3*time.Minute, "sw's copy being gone", []survey.Region{"sw"}, revoked)
		if err := otv.Sharing().SetSharing(ctx, federationtest.Request(), federationtest.Cycle, acme, survey.SharingRefused); err != nil {
			t.Fatal(err)
		}
		f.Await(3*time.Minute, "every copy being gone", []survey.Region{"gm", "wessex", "sw"}, revoked)
		for region, actions := range map[survey.Region][]string{"otv": {"response.sharing", "response.share", "response.unshare"}, "gm": {"shared.receive", "shared.delete"}} {
			entries, _, err := f.As(region).Records.Audit(0, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, action := range actions {
				if !slices.ContainsFunc(entries, func(e store.AuditEntry) bool { return e.Action == action }) {
					t.Errorf("%s's audit log has no %s", region, action)
				}
			}
		}
	})
}

// findsNothing looks for a text in every file below a directory.
func findsNothing(t *testing.T, dir, marker string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(marker)) {
			t.Errorf("%s is in %s", marker, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
