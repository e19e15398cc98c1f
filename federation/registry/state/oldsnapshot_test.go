package state

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"os"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// TestOldSnapshot: a snapshot that software of the first level wrote is read,
// and written again byte for byte while the federation stays at that level:
// replicas of both versions have equal states.
func TestOldSnapshot(t *testing.T) {
	old, err := os.ReadFile("testdata/snapshots/level-1.snapshot")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ReadSnapshot(bytes.NewReader(old))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(snapshotOf(t, s), old) {
		t.Error("the old state is written in another way now")
	}
	if level := s.View().level(); level != levelFirst {
		t.Errorf("level %d", level)
	}
}

// withFrame is the snapshot with one more row before its end.
func withFrame(t *testing.T, whole []byte, kind byte, data []byte) []byte {
	t.Helper()
	r := &snapshotReader{from: bufio.NewReader(bytes.NewReader(whole)), hashed: sha256.New()}
	if err := r.header(); err != nil {
		t.Fatal(err)
	}
	for {
		k, _, err := r.frame()
		if err != nil {
			t.Fatal(err)
		}
		if k == frameEnd {
			break
		}
		r.rows++
	}
	length := len(whole) - 5 - len(Encode(snapshotEnd{Rows: r.rows}))
	var out bytes.Buffer
	out.Write(whole[:length])
	if err := writeFrame(&out, kind, data); err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	sum.Write(out.Bytes())
	if err := writeFrame(&out, frameEnd, Encode(snapshotEnd{Rows: r.rows + 1, Hash: [32]byte(sum.Sum(nil))})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestOldRows: in a federation of the first level a row says what it said to
// older replicas, and what they could not read is not read here either.
func TestOldRows(t *testing.T) {
	b, _ := ready(t, 1, "otv", "sw", "wessex")
	for name, c := range map[string]struct {
		version uint8
		payload any
		want    survey.RefusalCode
		detail  string
	}{
		"a kind of later":    {rowVersion, map[int]any{1: map[int]any{1: "close-campaign", 3: "agreed"}}, survey.RefusedInvalid, "unknown kind of proposal"},
		"a field of later":   {rowVersion, map[int]any{1: map[int]any{1: "suspend", 2: "sw", 3: "misuse", 9: "2022-23"}}, survey.RefusedInvalid, "the proposal cannot be read"},
		"a version of later": {levelNational, proposePayload{survey.NewProposal{Kind: survey.ProposeCloseCampaign, Cycle: "2022-23"}}, survey.RefusedNeedsUpgrade, ""},
	} {
		body := b.body("otv", typePropose, Encode(c.payload))
		body.Version = c.version
		o := b.apply(b.sign(body))[0]
		if o.Refusal == nil || o.Refusal.Code != c.want || c.detail != "" && o.Refusal.Detail != c.detail {
			t.Errorf("%s: %+v", name, o.Refusal)
		}
	}
	f := b.founding("otv")
	f.Level = FeatureLevel
	fresh := newBench()
	if o := fresh.do("otv", typeFound, Encode(f))[0]; o.Refusal == nil {
		t.Error("a founding row of the first version with a level was taken")
	}
	f.Level = FeatureLevel + 1
	if o := fresh.foundAs(f)[0]; o.Refusal == nil {
		t.Error("founded at a level that is not known here")
	}
}

// TestNewerSnapshot: a whole snapshot with what only newer software writes asks
// for an upgrade; a damaged one never does.
func TestNewerSnapshot(t *testing.T) {
	b, _ := ready(t, 1, "otv", "sw")
	whole := snapshotOf(t, b.state)
	for name, kind := range map[string]byte{"a kind of row": 200, "a row of another form": 1} {
		newer := withFrame(t, whole, kind, Encode(map[int]string{99: "news"}))
		if _, err := ReadSnapshot(bytes.NewReader(newer)); !errors.Is(err, ErrNeedsUpgrade) || !errors.Is(err, errSnapshot) {
			t.Errorf("%s: %v", name, err)
		}
		newer[len(newer)-1] ^= 1
		if _, err := ReadSnapshot(bytes.NewReader(newer)); errors.Is(err, ErrNeedsUpgrade) || !errors.Is(err, errSnapshot) {
			t.Errorf("%s, damaged: %v", name, err)
		}
	}
}
