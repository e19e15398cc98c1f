package state

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestForeignRows: what no member signed, or what another federation signed,
// never happened.
func TestForeignRows(t *testing.T) {
	b, ids := ready(t, 1, "otv", "sw")
	before := snapshotOf(t, b.state)
	claim := items("2022-23", ids...)
	forged := b.body("sw", typeClaim, claim)
	stranger := b.body("mars", typeClaim, claim)
	foreign := b.body("sw", typeClaim, claim)
	foreign.Federation = bytes.Repeat([]byte{9}, 16)
	signed := b.sign(b.body("sw", typeClaim, claim))
	bent := Row{Body: bytes.Clone(signed.Body), Signature: signed.Signature}
	bent.Body[len(bent.Body)-1] ^= 1
	noRequest := b.body("sw", typeClaim, claim)
	noRequest.Request = ""
	for name, r := range map[string]Row{
		"signed by another region":  SignRow(testKey("otv"), forged),
		"signed by nobody":          SignRow(testKey("mars"), stranger),
		"of another federation":     b.sign(foreign),
		"changed on the way":        bent,
		"without a request id":      b.sign(noRequest),
		"not a row":                 {Body: []byte("nonsense"), Signature: signed.Signature},
		"signed for something else": {Body: signed.Body, Signature: testKey("sw").Sign("other domain", signed.Body)},
	} {
		if o := b.apply(r); len(o) != 1 || o[0].Refusal == nil || o[0].Refusal.Code != survey.RefusedInvalid || o[0].Number != 0 {
			t.Errorf("a row %s: %+v", name, o)
		}
	}
	// Only the state's clock went on.
	b.state.View()
	after, err := ReadSnapshot(bytes.NewReader(snapshotOf(t, b.state)))
	if err != nil {
		t.Fatal(err)
	}
	old, err := ReadSnapshot(bytes.NewReader(before))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{tableOrganisations, tableClaims, tableRequests, tableMembers} {
		if rowsOf(after.View(), table) != rowsOf(old.View(), table) {
			t.Errorf("foreign rows changed table %s", table)
		}
	}
	if after.View().federation().Number != old.View().federation().Number {
		t.Error("foreign rows took numbers")
	}
}

// TestDamagedSnapshots: every cut and every changed byte is refused, and the
// old state stays.
func TestDamagedSnapshots(t *testing.T) {
	b, _ := ready(t, 3, "otv", "sw")
	whole := snapshotOf(t, b.state)
	for at := range whole {
		if _, err := ReadSnapshot(bytes.NewReader(whole[:at])); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("cut at %d: %v", at, err)
		}
		bent := bytes.Clone(whole)
		bent[at] ^= 0x01
		if _, err := ReadSnapshot(bytes.NewReader(bent)); !errors.Is(err, ErrSnapshot) {
			t.Fatalf("changed at %d: %v", at, err)
		}
	}
	newer := bytes.Clone(whole)
	newer[len(snapshotMagic)+1] = snapshotFormat + 1
	if _, err := ReadSnapshot(bytes.NewReader(newer)); !errors.Is(err, ErrSnapshot) {
		t.Errorf("a newer format: %v", err)
	}
}

// TestSuspendedRegion: a suspended region's commands are refused.
func TestSuspendedRegion(t *testing.T) {
	b, ids := ready(t, 1, "otv", "sw")
	txn := b.state.db.Write()
	m := testMember("sw")
	m.State = survey.MemberSuspended
	txn.Insert(tableMembers, &m)
	txn.Commit()
	if o := b.do("sw", typeClaim, items("2022-23", ids...)); o[0].Refusal == nil || o[0].Refusal.Code != survey.RefusedSuspended {
		t.Errorf("a suspended region's claim: %+v", o)
	}
}

// TestFoundingIsChecked: a federation is founded by a member, with sense.
func TestFoundingIsChecked(t *testing.T) {
	b := newBench()
	f := b.founding("otv", "sw")
	attempt := func(by survey.Region, key *identity.Key, f foundPayload) survey.Outcome {
		return b.apply(SignRow(key, b.body(by, typeFound, Encode(f))))[0]
	}
	doubled := f
	doubled.Members = append(doubled.Members, testMember("otv"))
	keyless := f
	keyless.Members = append([]survey.Member{}, f.Members...)
	keyless.Members[1].Key = nil
	if o := attempt("mars", testKey("mars"), f); o.Refusal == nil {
		t.Error("founded by a stranger")
	}
	if o := attempt("otv", testKey("sw"), f); o.Refusal == nil {
		t.Error("founded with another's key")
	}
	if o := attempt("otv", testKey("otv"), doubled); o.Refusal == nil {
		t.Error("founded with a region twice")
	}
	if o := attempt("otv", testKey("otv"), keyless); o.Refusal == nil {
		t.Error("founded with a member without a key")
	}
	if o := attempt("otv", testKey("otv"), f); o.Status != survey.OutcomeCreated || o.Number != 1 {
		t.Errorf("not founded: %+v", o)
	}
}

// FuzzPayload: no payload that a member signs can make a replica panic.
func FuzzPayload(f *testing.F) {
	b, ids := ready(f, 2, "otv", "sw")
	base := snapshotOf(f, b.state)
	f.Add(uint16(typeClaim), items("2022-23", ids...))
	f.Add(uint16(typeAddOrganisations), items("", survey.NewOrganisation{Identifiers: ids[:1], Name: "Acme"}))
	f.Add(uint16(typeChangeClaims), items("2022-23", survey.ClaimChange{Organisation: ids[0], Action: survey.ActionRequest}))
	f.Add(uint16(typeOpenCampaign), campaign("2023-24"))
	f.Fuzz(func(t *testing.T, kind uint16, payload []byte) {
		s, err := ReadSnapshot(bytes.NewReader(base))
		if err != nil {
			t.Fatal(err)
		}
		s.apply(b.entry(b.sign(b.body("sw", commandType(kind), payload))))
		if _, err := ReadSnapshot(bytes.NewReader(snapshotOf(t, s))); err != nil {
			t.Errorf("the state cannot be written and read: %v", err)
		}
	})
}

// TestUnknownCommandStopsHere: a member's command of a newer version stops the
// replica before it, a stranger's does not.
func TestUnknownCommandStopsHere(t *testing.T) {
	b, ids := ready(t, 1, "otv", "sw")
	newer := b.body("sw", 99, []byte{0xa0})
	if _, upgrade := b.state.apply(b.entry(SignRow(testKey("otv"), newer))); upgrade {
		t.Error("an unsigned unknown command stopped the replica")
	}
	known := b.sign(b.body("sw", typeClaim, items("2022-23", ids...)))
	before := snapshotOf(t, b.state)
	if _, upgrade := b.state.apply(b.entry(known, b.sign(newer))); !upgrade {
		t.Error("an unknown command was passed over")
	}
	if !bytes.Equal(before, snapshotOf(t, b.state)) {
		t.Error("a part of the entry was applied")
	}
}

// FuzzEntry: no bytes in the log can make a replica panic, or two disagree.
func FuzzEntry(f *testing.F) {
	b, ids := ready(f, 2, "otv", "sw")
	claim := b.sign(b.body("sw", typeClaim, items("2022-23", ids...)))
	f.Add(Encode(b.entry(claim)))
	f.Add(Encode(b.entry(b.sign(b.body("otv", typeFound, Encode(b.founding("otv")))))))
	f.Add([]byte{0xa0})
	f.Add([]byte{0xa3, 0x01, 0x01, 0x01, 0x01, 0x03, 0x80}) // a key twice
	base := snapshotOf(f, b.state)
	f.Fuzz(func(t *testing.T, data []byte) {
		var results [2][]Result
		var errs [2]error
		var states [2][]byte
		for i := range results {
			s, err := ReadSnapshot(bytes.NewReader(base))
			if err != nil {
				t.Fatal(err)
			}
			results[i], errs[i] = s.Apply(data, VerifyRow)
			states[i] = snapshotOf(t, s)
		}
		if !bytes.Equal(states[0], states[1]) || !reflect.DeepEqual(results[0], results[1]) || fmt.Sprint(errs[0]) != fmt.Sprint(errs[1]) {
			t.Error("two replicas disagree")
		}
	})
}
