package registry

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/survey"
)

// keysOf is the roster as somebody with a peers file knows it.
func keysOf(c *cluster) func(survey.Region) []ed25519.PublicKey {
	return func(region survey.Region) []ed25519.PublicKey {
		for _, m := range c.founding.Members {
			if m.Region == region {
				return []ed25519.PublicKey{m.Key}
			}
		}
		return nil
	}
}

// TestReceipts: every node proves every decision about a claim, also after a
// restart and after the log has forgotten it.
func TestReceipts(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ids := c.prepare(30)
		ctx := context.Background()
		otv, wessex := c.node("otv"), c.node("wessex")
		granted, err := otv.Claim(ctx, survey.Request{ID: "claim", Actor: 9}, "2022-23", ids[:20])
		if err != nil {
			t.Fatal(err)
		}
		changed, err := otv.ChangeClaims(ctx, survey.Request{ID: "contact"}, "2022-23",
			[]survey.ClaimChange{{Organisation: ids[0], Action: survey.ActionContact, Token: granted[0].Number}})
		if err != nil || changed[0].Status != survey.OutcomeChanged {
			t.Fatalf("%+v %v", changed, err)
		}
		if _, err := wessex.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			t.Fatal(err)
		}
		check := func(r *Registry, number uint64, id survey.Identifier, state survey.ClaimState) []byte {
			t.Helper()
			text, err := r.Receipt(ctx, "2022-23", id, number)
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := receipt.Verify(text, keysOf(c))
			if err != nil {
				t.Fatal(err)
			}
			if receipt.Claim.Organisation != id || receipt.Claim.State != state || receipt.Region != "otv" || receipt.Witness != r.options.Region {
				t.Fatalf("%s", text)
			}
			return text
		}
		check(wessex, 0, ids[0], survey.Contacted)
		check(wessex, granted[0].Number, ids[0], survey.Claimed)
		check(otv, 0, ids[19], survey.Claimed)
		for _, bad := range []struct {
			number uint64
			id     survey.Identifier
		}{{granted[1].Number, ids[0]}, {0, ids[25]}, {1, ids[0]}, {999, ids[0]}, {0, "GB-COH:00000001"}} {
			if _, err := otv.Receipt(ctx, "2022-23", bad.id, bad.number); !errors.Is(err, survey.ErrNotFound) {
				t.Errorf("receipt of number %d about %s: %v", bad.number, bad.id, err)
			}
		}
		if err := wessex.raft.Snapshot().Error(); err != nil {
			t.Fatal(err)
		}
		c.stop("wessex")
		wessex = c.start("wessex")
		check(wessex, granted[0].Number, ids[0], survey.Claimed)
		// Without its ledger a node goes on from its snapshot's tree.
		c.stop("wessex")
		if err := os.Remove(filepath.Join(c.dir, "wessex", "leaves.log")); err != nil {
			t.Fatal(err)
		}
		wessex = c.start("wessex")
		c.leader()
		if _, err := wessex.Receipt(ctx, "2022-23", ids[0], granted[0].Number); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("a receipt from before: %v", err)
		}
		more, err := otv.Claim(ctx, survey.Request{ID: "more"}, "2022-23", ids[20:21])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wessex.Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			t.Fatal(err)
		}
		check(wessex, more[0].Number, ids[20], survey.Claimed)
	})
}

// TestStepReceipts: a year that became final is proven step by step, and so is a
// merge.
func TestStepReceipts(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ids := c.prepare(3)
		ctx := context.Background()
		otv := c.node("otv")
		request := func(what string) survey.Request { return survey.Request{ID: what} }
		must := func(o survey.Outcome, err error) uint64 {
			t.Helper()
			if err != nil || o.Refusal != nil {
				t.Fatalf("%+v %v", o, err)
			}
			return o.Number
		}
		told := map[uint64]string{}
		told[must(otv.MergeOrganisations(ctx, request("merge"), ids[0], ids[1], survey.MergeSameCompany))] = "merge updated: GB-COH:99000000 into GB-COH:99000001 (same-company)"
		told[must(otv.SplitOrganisation(ctx, request("split"), ids[0], survey.MergeMistake))] = "split updated: GB-COH:99000000 again (mistake)"
		told[must(otv.CloseCampaign(ctx, request("close"), "2022-23"))] = "close-campaign updated: campaign 2022-23, in effect by it: close-campaign 2022-23"
		for _, region := range []survey.Region{"otv", "wessex"} {
			told[must(c.node(region).SignOff(ctx, request("sign off"), "2022-23", 0, []byte("figures")))] = "sign-off created: campaign 2022-23, revision 0, summary " + state.HashOf([]byte("figures"))
		}
		number := must(otv.MarkAbsent(ctx, request("absent"), "2022-23", 0, "sw", survey.ReasonRecordsLost))
		told[number] = "propose proposed: proposed: mark-absent 2022-23 sw records-lost"
		told[must(c.node("wessex").Endorse(ctx, request("endorse"), number))] = fmt.Sprintf("endorse updated: proposal %d, in effect by it: mark-absent 2022-23 sw records-lost", number)
		for _, region := range c.regions[:2] {
			told[must(c.node(region).CoSign(ctx, request("co-sign"), "2022-23", 0, [32]byte{1}))] = "co-sign created: campaign 2022-23, revision 0, table 01" + strings.Repeat("0", 62)
		}
		if _, err := c.node("sw").Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
			t.Fatal(err)
		}
		if r, ok := c.node("sw").Certified("2022-23"); !ok || r.Table != [32]byte{1} {
			t.Errorf("not certified: %+v", r)
		}
		for number, want := range told {
			text, err := c.node("sw").ReceiptOf(ctx, number)
			if err != nil {
				t.Fatalf("%s: %v", want, err)
			}
			proof, err := receipt.Verify(text, keysOf(c))
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%s %s: %s", proof.Command, proof.Outcome, proof.Step); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if _, err := c.node("sw").Receipt(ctx, "2022-23", ids[0], number); !errors.Is(err, survey.ErrNotFound) {
				t.Errorf("%s was taken for a claim's: %v", want, err)
			}
			lie := bytes.Replace(text, []byte(`"asked_by": "otv"`), []byte(`"asked_by": "gm0"`), 1)
			if _, err := receipt.Verify(lie, nil); bytes.Contains(text, []byte(`"asked_by": "otv"`)) && !errors.Is(err, receipt.ErrReceipt) {
				t.Errorf("a lie was taken: %v", err)
			}
		}
		for _, number := range []uint64{0, 1, 3, 9999} { // none, the founding, an organisation, the future
			if _, err := otv.ReceiptOf(ctx, number); !errors.Is(err, survey.ErrNotFound) {
				t.Errorf("receipt of number %d: %v", number, err)
			}
		}
	})
}

// TestDivergence: a replica that decided otherwise leaves service as soon as a
// root is compared; the others go on and name it.
func TestDivergence(t *testing.T) {
	inBubble(t, func(t *testing.T, c *cluster) {
		ids := c.prepare(1000)
		leader := c.leader()
		good, bad := c.others(leader)[0], c.others(leader)[1]
		ctx := context.Background()
		// One replica takes a step that every other one refuses.
		c.stop(bad)
		c.faults[bad] = Faults{Tokens: true}
		c.start(bad)
		c.leader()
		held, err := c.node(good).Claim(ctx, survey.Request{ID: "held"}, "2022-23", ids[:1])
		if err != nil || held[0].Status != survey.OutcomeGranted {
			t.Fatalf("%+v %v", held, err)
		}
		stale := []survey.ClaimChange{{Organisation: ids[0], Action: survey.ActionContact, Token: 1}}
		if o, err := c.node(good).ChangeClaims(ctx, survey.Request{ID: "stale"}, "2022-23", stale); err != nil || o[0].Refusal == nil {
			t.Fatalf("%+v %v", o, err)
		}
		if o, err := c.node(good).Claim(ctx, survey.Request{ID: "claim"}, "2022-23", ids[1:101]); err != nil || o[0].Status != survey.OutcomeGranted {
			t.Fatalf("%+v %v", o, err)
		}
		for _, region := range c.regions {
			if _, err := c.node(region).Await(ctx, survey.Consistency{Linearizable: true}); err != nil {
				t.Fatal(err)
			}
		}
		for _, from := range c.regions {
			number, root := c.node(from).Digest()
			if number < state.MarkEvery || root == [8]byte{} {
				t.Fatalf("%s: number %d has no root", from, number)
			}
			for _, to := range c.regions {
				c.node(to).HeardDigest(from, number, root)
			}
		}
		<-c.node(bad).machine.stopped
		if s := c.node(bad).Status(); !s.OutOfService || s.NeedsUpgrade {
			t.Errorf("%s: %+v", bad, s)
		}
		if _, err := c.node(bad).Await(ctx, survey.Consistency{}); !errors.Is(err, survey.ErrOutOfService) {
			t.Errorf("a local read: %v", err)
		}
		if _, err := c.node(bad).Claim(ctx, survey.Request{ID: "no"}, "2022-23", ids[200:201]); !errors.Is(err, survey.ErrOutOfService) {
			t.Errorf("a claim: %v", err)
		}
		c.leader(leader, good)
		if _, err := c.node(good).Claim(ctx, survey.Request{ID: "yes"}, "2022-23", ids[300:301]); err != nil {
			t.Errorf("the others do not go on: %v", err)
		}
		if s := c.node(good).Status(); s.OutOfService {
			t.Errorf("%s left service too: %+v", good, s)
		}
	})
}
