package state

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// govern plays commands about the roster on a bench.
type govern struct {
	*bench
	t *testing.T
}

// expect carries the command out and compares its refusal, "" for none.
func (g govern) expect(want survey.RefusalCode, region survey.Region, kind commandType, payload any) survey.Outcome {
	g.t.Helper()
	o := g.do(region, kind, Encode(payload))[0]
	var got survey.RefusalCode
	if o.Refusal != nil {
		got = o.Refusal.Code
	}
	if got != want {
		g.t.Errorf("%s, command %d: %+v, want %q", region, kind, o.Refusal, want)
	}
	return o
}

func (g govern) invitation(secret byte) []byte { return bytes.Repeat([]byte{secret}, inviteSecret) }

func (g govern) invites(by, region survey.Region, secret byte, life time.Duration) {
	hash := identity.InviteHash(g.invitation(secret))
	g.expect("", by, typeInvite, invitePayload{Region: region, Role: survey.RoleVoter, Hash: hash[:], Life: life.Milliseconds()})
}

// newcomer is an admission as region, signed by the key of the one named.
func (g govern) newcomer(secret byte, region, keyOf survey.Region) admitPayload {
	m := survey.Member{Region: region, Key: testKey(keyOf).Public(), Address: "x.example:7443"}
	return admitPayload{Secret: g.invitation(secret), Member: m,
		Signature: SignJoin(testKey(keyOf), g.federation, identity.InviteHash(g.invitation(secret)), m)}
}

func TestAdmission(t *testing.T) {
	b, _ := ready(t, 1, "otv", "sw")
	g := govern{b, t}
	g.invites("otv", "gm", 1, 10*time.Minute)
	g.expect(survey.RefusedInviteUnknown, "sw", typeAdmit, g.newcomer(2, "gm", "gm"))
	g.expect(survey.RefusedInviteRegion, "sw", typeAdmit, g.newcomer(1, "we", "we"))
	g.expect(survey.RefusedKeyPresent, "sw", typeAdmit, g.newcomer(1, "gm", "otv"))
	stolen := g.newcomer(1, "gm", "gm")
	stolen.Member.Address = "thief.example:7443"
	g.expect(survey.RefusedSignature, "sw", typeAdmit, stolen)
	nameless := g.newcomer(1, "gm", "gm")
	nameless.Member.Address = "two words"
	g.expect(survey.RefusedInvalid, "sw", typeAdmit, nameless)
	if g.expect("", "sw", typeAdmit, g.newcomer(1, "gm", "gm")).Status != survey.OutcomeCreated {
		t.Error("not created")
	}
	if g.expect("", "otv", typeAdmit, g.newcomer(1, "gm", "gm")).Status != survey.OutcomeExists {
		t.Error("the same newcomer asking again is not told that it is in")
	}
	g.expect(survey.RefusedInviteUsed, "sw", typeAdmit, g.newcomer(1, "gm", "gm2"))
	hash := identity.InviteHash(g.invitation(9))
	g.expect(survey.RefusedRegionPresent, "sw", typeInvite, invitePayload{Region: "gm", Role: survey.RoleVoter, Hash: hash[:], Life: 1000})
	g.expect(survey.RefusedInvalid, "sw", typeInvite, invitePayload{Region: "we", Role: survey.RoleVoter, Hash: hash[:], Life: maxInviteLife + 1})

	g.invites("otv", "we", 3, 10*time.Minute)
	g.clock = g.clock.Add(10 * time.Minute)
	g.expect(survey.RefusedInviteExpired, "otv", typeAdmit, g.newcomer(3, "we", "we"))

	// Removed, it comes back with another key only, as the next generation.
	p := g.expect("", "otv", typePropose, proposePayload{survey.NewProposal{Kind: survey.ProposeRemove, Region: "gm", Reason: survey.ReasonLeaves}})
	g.expect("", "sw", typeEndorse, endorsePayload{p.Number})
	g.invites("otv", "gm", 4, time.Hour)
	g.expect(survey.RefusedKeyRemoved, "otv", typeAdmit, g.newcomer(4, "gm", "gm"))
	g.expect("", "otv", typeAdmit, g.newcomer(4, "gm", "gm2"))
	if m := g.state.View().Member("gm"); m.Generation != 2 || m.State != survey.MemberActive || !m.PreviousKeys[0].Equal(testKey("gm").Public()) {
		t.Errorf("it came back as %+v", m)
	}
	// An invitation of a region that was removed since is worth nothing.
	g.invites("sw", "we", 5, time.Hour)
	p = g.expect("", "otv", typePropose, proposePayload{survey.NewProposal{Kind: survey.ProposeRemove, Region: "sw", Reason: survey.ReasonLeaves}})
	if o := g.apply(SignRow(testKey("gm2"), g.body("gm", typeEndorse, Encode(endorsePayload{p.Number})))); o[0].Refusal != nil {
		t.Fatal(o[0].Refusal)
	}
	g.expect(survey.RefusedInviteUnknown, "otv", typeAdmit, g.newcomer(5, "we", "we"))
}

func TestProposals(t *testing.T) {
	b, _ := ready(t, 1, "otv", "sw", "gm")
	g := govern{b, t}
	suspend := func(region survey.Region) proposePayload {
		return proposePayload{survey.NewProposal{Kind: survey.ProposeSuspend, Region: region, Reason: survey.ReasonMisuse}}
	}
	p := g.expect("", "otv", typePropose, suspend("gm"))
	if p.Status != survey.OutcomeCreated {
		t.Errorf("one region alone did %+v", p)
	}
	g.expect(survey.RefusedSecondRegion, "sw", typePropose, suspend("gm")) // endorse it instead
	g.expect(survey.RefusedSecondRegion, "otv", typeEndorse, endorsePayload{p.Number})
	g.expect(survey.RefusedSecondRegion, "gm", typeEndorse, endorsePayload{p.Number})
	g.expect(survey.RefusedUnknown, "sw", typeEndorse, endorsePayload{p.Number + 1})
	g.clock = g.clock.Add(14 * 24 * time.Hour)
	g.expect(survey.RefusedLapsed, "sw", typeEndorse, endorsePayload{p.Number})
	p = g.expect("", "otv", typePropose, suspend("gm"))
	g.expect("", "sw", typeEndorse, endorsePayload{p.Number})
	if o := g.expect("", "sw", typeEndorse, endorsePayload{p.Number}); o.Status != survey.OutcomeExists {
		t.Errorf("endorsed twice: %+v", o)
	}
	g.expect(survey.RefusedSuspended, "gm", typePropose, suspend("sw"))
	g.expect(survey.RefusedStanding, "otv", typePropose, suspend("gm"))
	// Two are left, and a suspended one: that is no reason to decide alone.
	p = g.expect("", "otv", typePropose, suspend("sw"))
	if m := g.state.View().Member("sw"); p.Status != survey.OutcomeCreated || m.State != survey.MemberActive {
		t.Errorf("one of two suspended the other: %+v", m)
	}
	for _, bad := range []survey.NewProposal{
		{Kind: "banish", Region: "sw", Reason: survey.ReasonMisuse},
		{Kind: survey.ProposeRemove, Region: "sw", Reason: "because"},
		{Kind: survey.ProposeRemove, Region: "", Reason: survey.ReasonMisuse},
		{Kind: survey.ProposeNewKey, Region: "sw", Reason: survey.ReasonKeyLost},
		{Kind: survey.ProposeSucceed, Region: "sw", To: "sw", Reason: survey.ReasonMerged},
		{Kind: survey.ProposeMaxVoters, Voters: 65, Reason: survey.ReasonAgreed},
		{Kind: survey.ProposeRole, Region: "sw", Role: "leader", Reason: survey.ReasonAgreed},
	} {
		g.expect(survey.RefusedInvalid, "otv", typePropose, proposePayload{bad})
	}
}

func TestATwoRegionFederationAndTheLastVoter(t *testing.T) {
	b, _ := ready(t, 1, "otv", "sw")
	g := govern{b, t}
	o := g.expect("", "otv", typePropose, proposePayload{survey.NewProposal{Kind: survey.ProposeRemove, Region: "sw", Reason: survey.ReasonLeaves}})
	if o.Status != survey.OutcomeUpdated || g.state.View().Member("sw").State != survey.MemberRemoved {
		t.Errorf("of two, one cannot remove the other: %+v", o)
	}
	g.expect(survey.RefusedLastVoter, "otv", typePropose, proposePayload{survey.NewProposal{Kind: survey.ProposeSuspend, Region: "otv", Reason: survey.ReasonMaintenance}})
}

func TestKeys(t *testing.T) {
	b, ids := ready(t, 1, "otv", "sw", "gm")
	g := govern{b, t}
	claim := items("2022-23", ids...)
	self := g.state.View().Member("otv")
	next := testKey("otv next")
	rotation := func(signer *identity.Key, key ed25519.PublicKey) rotatePayload {
		return rotatePayload{Key: key, Signature: signer.Sign(rotateDomain, rotateMessage(g.federation[:], self, key))}
	}
	g.expect(survey.RefusedSignature, "otv", typeRotateKey, rotation(testKey("sw"), next.Public()))
	g.expect(survey.RefusedKeyPresent, "otv", typeRotateKey, rotation(testKey("sw"), testKey("sw").Public()))
	// The rotation and a claim by the old key in one entry: the claim is nobody's.
	late := g.sign(g.body("otv", typeClaim, claim))
	rotate := g.sign(g.body("otv", typeRotateKey, Encode(rotation(next, next.Public()))))
	results, _ := g.state.apply(g.entry(rotate, late))
	if o, _ := DecodeOutcomes(results[1].Outcomes); o[0].Refusal == nil || o[0].Number != 0 {
		t.Errorf("the old key claims: %+v", o)
	}
	if o := g.apply(SignRow(next, g.body("otv", typeClaim, claim))); o[0].Refusal != nil {
		t.Errorf("the new key is refused: %v", o[0].Refusal)
	}
	// A lost key: two others put the new one in.
	found := testKey("sw found")
	card := identity.NewKeyCard(found, g.federation, "sw")
	what := survey.NewProposal{Kind: survey.ProposeNewKey, Region: "sw", Reason: survey.ReasonKeyLost, Key: card.Key, Signature: card.Signature}
	forged := what
	forged.Key = testKey("thief").Public()
	g.expect(survey.RefusedSignature, "gm", typePropose, proposePayload{forged})
	p := g.expect("", "gm", typePropose, proposePayload{what})
	if o := g.apply(SignRow(next, g.body("otv", typeEndorse, Encode(endorsePayload{p.Number})))); o[0].Refusal != nil {
		t.Fatal(o[0].Refusal)
	}
	if o := g.do("sw", typeReenter, Encode(reenterPayload{2})); o[0].Refusal == nil {
		t.Error("the lost key is still accepted")
	}
	if o := g.apply(SignRow(found, g.body("sw", typeReenter, Encode(reenterPayload{2})))); o[0].Refusal != nil {
		t.Errorf("the found key is refused: %v", o[0].Refusal)
	}
	if o := g.apply(SignRow(found, g.body("sw", typeReenter, Encode(reenterPayload{4})))); o[0].Refusal == nil || o[0].Refusal.Code != survey.RefusedStale {
		t.Errorf("a generation was passed over: %+v", o)
	}
	first, second := snapshotOf(t, g.state), []byte(nil)
	restored, err := ReadSnapshot(bytes.NewReader(first))
	if err == nil {
		second = snapshotOf(t, restored)
	}
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("a restored snapshot is another state: %v", err)
	}
}

func TestSponsoredRegions(t *testing.T) {
	b, ids := ready(t, 2, "otv", "sw")
	g := govern{b, t}
	speak := func(by, region survey.Region, kind commandType, payload []byte) survey.Outcome {
		body := g.body(by, kind, payload)
		body.For = region
		return g.apply(g.sign(body))[0]
	}
	if o := speak("otv", "nwc", typeClaim, items("2022-23", ids[0])); o.Refusal != nil || o.Claim.Region != "nwc" {
		t.Errorf("a sponsor's claim: %+v", o)
	}
	if o := speak("sw", "nwc", typeClaim, items("2022-23", ids[1])); o.Refusal == nil || o.Refusal.Code != survey.RefusedOtherSponsor {
		t.Errorf("another sponsor: %+v", o)
	}
	if o := speak("sw", "otv", typeClaim, items("2022-23", ids[1])); o.Refusal == nil || o.Refusal.Code != survey.RefusedRegionPresent {
		t.Errorf("for a region that is in: %+v", o)
	}
	if o := speak("otv", "nwc", typeRename, Encode(renamePayload{"X", "2026-01-01"})); o.Refusal == nil || o.Refusal.Code != survey.RefusedInvalid {
		t.Errorf("a sponsor renames: %+v", o)
	}
	if o := g.do("sw", typeClaim, items("2022-23", ids[0]))[0]; o.Refusal == nil || o.Refusal.Holder != "nwc" {
		t.Errorf("a sponsored company is claimed by another: %+v", o)
	}
	g.invites("otv", "nwc", 1, time.Hour)
	g.expect("", "otv", typeAdmit, g.newcomer(1, "nwc", "nwc"))
	if o := speak("otv", "nwc", typeClaim, items("2022-23", ids[1])); o.Refusal == nil {
		t.Errorf("the sponsor still speaks for it: %+v", o)
	}
	change := survey.ClaimChange{Organisation: ids[0], Action: survey.ActionContact, Token: g.state.View().claim("2022-23", ids[0]).Claim.Token}
	if o := g.do("nwc", typeChangeClaims, items("2022-23", change))[0]; o.Refusal != nil {
		t.Errorf("the claim is not its own after it joined: %v", o.Refusal)
	}
}
