package totals

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"math/rand"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// proof stands for the registry's receipt of a co-signature; Tree for the
// proof that it carries besides.
type proof struct {
	Region    survey.Region     `json:"region"`
	Key       ed25519.PublicKey `json:"key"`
	Tree      []byte            `json:"tree"`
	Signature []byte            `json:"signature"`
}

func cosignText(federation identity.FederationID, c survey.Cycle, revision int, s survey.CoSignature, tree []byte) []byte {
	text, err := json.Marshal([]any{federation, c, revision, s.Region, s.Table, s.Number, tree})
	if err != nil {
		panic(err)
	}
	return text
}

func verifyProof(text json.RawMessage, federation identity.FederationID, c survey.Cycle, revision int, s survey.CoSignature) (ed25519.PublicKey, error) {
	var p proof
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, err
	}
	again, err := json.Marshal(p)
	if err != nil || string(again) != string(text) || p.Region != s.Region || len(p.Key) != ed25519.PublicKeySize {
		return nil, errors.New("written anew")
	}
	if !identity.Verify(p.Key, "test", cosignText(federation, c, revision, s, p.Tree), p.Signature) {
		return nil, errors.New("not signed")
	}
	return p.Key, nil
}

// certifiedYear is a node of a federation of fifteen whose figures are
// certified, full cubes each, and the receipts.
func certifiedYear(t testing.TB) (*Totals, func(number, at uint64) (json.RawMessage, error)) {
	r := newRegistry(fifteen...)
	r.openRevision(cycle, "")
	random := rand.New(rand.NewSource(9))
	for i, region := range fifteen {
		if i == 3 {
			r.settle(cycle, region, survey.SettledAbsent, nil)
			continue
		}
		cells, answers := cube(random)
		s := summaryOf(region, 1, 40, cells, answers)
		s.Status = SummaryFinal
		s.PolicyHash = policyHash(t, "open")
		h := heldOf(t, s)
		packed, err := pack(h.summary, h.signed.Signature)
		if err != nil {
			t.Fatal(err)
		}
		how := survey.SettledSigned
		if i == 5 {
			how = survey.SettledStands
		}
		r.settle(cycle, region, how, packed)
	}
	node, err := Open(Options{Region: "gm", Federation: federation, Key: keyOf("gm"), Records: &records{}, Registry: r, Claims: r, Revisions: r, Archive: newArchive(), Releases: newArchive(), Call: refused,
		Alive: func() []survey.Region { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Close(); err != nil {
			t.Error(err)
		}
	})
	_, _, hash, err := node.Table(cycle, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, region := range fifteen {
		r.cosign(cycle, region, hash)
	}
	return node, func(number, _ uint64) (json.RawMessage, error) {
		for _, s := range r.revisions[cycle][0].CoSigned {
			if s.Number == number {
				tree := make([]byte, 1500)
				random.Read(tree)
				return json.Marshal(proof{s.Region, keyOf(s.Region).Public(), tree, keyOf(s.Region).Sign("test", cosignText(federation, cycle, 0, s, tree))})
			}
		}
		return nil, survey.ErrNotFound
	}
}

func policyHash(t testing.TB, name string) [32]byte {
	policy, err := disclosure.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return policy.Hash()
}

func TestPublishedFileStandsAlone(t *testing.T) {
	node, receipts := certifiedYear(t)
	file, err := node.Published(cycle, 0, receipts, verifyProof)
	if err != nil {
		t.Fatal(err)
	}
	if len(file) > 130_000 {
		t.Errorf("%d bytes", len(file))
	}
	begun := time.Now()
	p, err := VerifyPublished(file, verifyProof)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begun)
	t.Logf("%d bytes, verified in %s", len(file), took)
	if took > 2*time.Second { // 200 ms on a quiet machine: see the benchmark
		t.Errorf("verified in %s", took)
	}
	for _, by := range []survey.Dimension{"", survey.ByRegion, survey.BySector} {
		want, err := node.National(t.Context(), survey.TotalsQuery{Cycle: cycle, Mode: survey.ModeCertified, By: by})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := p.National(by); err != nil || got.AnswerID != want.AnswerID || len(got.Rows) != len(want.Rows) {
			t.Errorf("by %q: %v", by, err)
		}
	}
	how := map[survey.Region]survey.SettledHow{}
	for _, r := range p.Regions {
		how[r.Region] = r.How
	}
	if len(p.CoSigned) != 8 || how[fifteen[3]] != survey.SettledAbsent || how[fifteen[5]] != survey.SettledStands {
		t.Errorf("%d co-signatures, %v", len(p.CoSigned), how)
	}
	if _, err := node.Published(cycle, 1, receipts, verifyProof); !errors.Is(err, survey.ErrNotFound) {
		t.Errorf("not certified: %v", err)
	}
}

// A file of the first form, in which every summary is whole, verifies for ever;
// no file is both.
func TestPublishedFileOfTheFirstForm(t *testing.T) {
	node, receipts := certifiedYear(t)
	file, err := node.Published(cycle, 0, receipts, verifyProof)
	if err != nil {
		t.Fatal(err)
	}
	p, err := VerifyPublished(file, verifyProof)
	if err != nil {
		t.Fatal(err)
	}
	p.Format = publishedFormat1
	old, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := VerifyPublished(old, verifyProof)
	if err != nil || again.Table != p.Table || again.Format != publishedFormat1 {
		t.Errorf("the first form: %v", err)
	}
	t.Logf("%d bytes, in the first form %d", len(file), len(old))
	for name, other := range map[string]string{
		"short in the first form": strings.Replace(string(file), publishedFormat, publishedFormat1, 1),
		"whole in the second":     strings.Replace(string(old), publishedFormat1, publishedFormat, 1),
		"a third form":            strings.Replace(string(file), publishedFormat, "tracker-published/3", 1),
		"not named":               strings.Replace(string(file), `,"named":true`, "", 1),
	} {
		if _, err := VerifyPublished([]byte(other), verifyProof); !errors.Is(err, ErrPublished) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// tries is how often a test tries: BITS=10000 go test is the long run.
func tries(t *testing.T, variable string, usual int) int {
	if text := os.Getenv(variable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return usual
}

func TestEveryBitOfAPublishedFileCounts(t *testing.T) {
	node, receipts := certifiedYear(t)
	file, err := node.Published(cycle, 0, receipts, verifyProof)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewSource(1))
	for range tries(t, "BITS", 300) {
		at := random.Intn(len(file) * 8)
		file[at/8] ^= 1 << (at % 8)
		if _, err := VerifyPublished(file, verifyProof); !errors.Is(err, ErrPublished) {
			t.Fatalf("bit %d (%q): %v", at, file[max(0, at/8-40):min(len(file), at/8+40)], err)
		}
		file[at/8] ^= 1 << (at % 8)
	}
	for name, other := range map[string][]byte{
		"longer": append(slices.Clone(file), '\n'), "shorter": file[:len(file)-1], "empty": nil, "a list": []byte("[]"),
		"too few co-signatures": []byte(strings.Replace(string(file), `"cosignatures_needed":8`, `"cosignatures_needed":1`, 1)),
	} {
		if _, err := VerifyPublished(other, verifyProof); !errors.Is(err, ErrPublished) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkVerifyPublished(b *testing.B) {
	node, receipts := certifiedYear(b)
	file, err := node.Published(cycle, 0, receipts, verifyProof)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(file)), "bytes")
	for b.Loop() {
		if _, err := VerifyPublished(file, verifyProof); err != nil {
			b.Fatal(err)
		}
	}
}
