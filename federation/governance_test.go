package federation_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// grow runs the script on a federation that was founded by the first region
// and that every other one joined.
func grow(t *testing.T, regions []survey.Region, script func(*federationtest.Federation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: regions, Founders: 1, Seed: 1})
		f.AwaitReady(30 * time.Second)
		for i, region := range regions[1:] {
			f.Join(regions[i], region) // each by the one before it
			f.Await(40*time.Second, string(region)+" voting", f.Running(), func(n *federationtest.Node) bool { return n.Stage(region) == "votes" })
		}
		f.AwaitReady(30 * time.Second)
		f.Begin(regions[0], acme, brook, crest)
		script(f)
	})
}

func refusal(err error) survey.RefusalCode {
	var r *survey.Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}

func TestFifteenRegionsJoinOneByOne(t *testing.T) {
	var all []survey.Region
	for _, info := range survey.Regions() {
		all = append(all, info.Region)
	}
	grow(t, all, func(f *federationtest.Federation) {
		for _, region := range all {
			status := f.As(region).FederationStatus()
			if status.Quorum.Voters != 15 || status.Quorum.Reachable != 15 {
				t.Errorf("%s sees %+v", region, status.Quorum)
			}
		}
		f.As("sw").Claim(acme)
		if holder := f.As("sw").Holder(acme); holder != "sw" {
			t.Errorf("acme is held by %q", holder)
		}
	})
}

func TestInvitationsAreGoodOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five, Founders: 2, Seed: 1})
		f.AwaitReady(30 * time.Second)
		sponsor := f.As("nenc")
		old := sponsor.Invite("otv")
		invite := sponsor.Invite("otv") // takes the place of the first
		time.Sleep(time.Second)
		before := sponsor.Registry().Members()
		foreign := invite
		foreign.Federation = identity.FederationID{9}
		renamed := invite
		renamed.Region = "sw"
		guessed := invite
		guessed.Secret[0] ^= 1
		for _, c := range []struct {
			name   string
			region survey.Region
			invite identity.Invite
			code   survey.RefusalCode
		}{
			{"replaced", "otv", old, survey.RefusedInviteUnknown},
			{"guessed secret", "otv", guessed, survey.RefusedInviteUnknown},
			{"another region's", "sw", invite, survey.RefusedInviteRegion},
			{"renamed", "sw", renamed, survey.RefusedInviteRegion},
			{"another federation's", "otv", foreign, survey.RefusedSignature},
		} {
			if err := f.As(c.region).TryJoin(c.invite); refusal(err) != c.code {
				t.Errorf("%s: %v, want %s", c.name, err, c.code)
			}
		}
		if !slices.EqualFunc(before, sponsor.Registry().Members(), func(a, b survey.Member) bool { return a.Region == b.Region }) {
			t.Errorf("the roster changed: %+v", sponsor.Registry().Members())
		}
		if err := f.As("otv").TryJoin(invite); err != nil {
			t.Fatalf("the good invitation: %v", err)
		}
		// A second node with the same invitation, and a key that is in use.
		f.As("sw").SetKey(identity.FromSeed([32]byte{77}))
		renamed.Region = "otv"
		thief := f.As("wessex")
		if _, err := federation.Join(context.Background(), federation.Joining{Dir: t.TempDir(), Key: thief.Key(), Address: "wessex:7443", Invite: invite,
			Dial: f.Stranger(thief.Key().Public())}); refusal(err) != survey.RefusedInviteUsed {
			t.Errorf("a used invitation: %v", err)
		}
		again := sponsor.Invite("wessex")
		time.Sleep(time.Second)
		if _, err := federation.Join(context.Background(), federation.Joining{Dir: t.TempDir(), Key: f.As("otv").Key(), Address: "wessex:7443", Invite: again,
			Dial: f.Stranger(f.As("otv").Key().Public())}); refusal(err) != survey.RefusedKeyPresent {
			t.Errorf("a key in use: %v", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := sponsor.Governance().Invite(ctx, federationtest.Request(), "gm", survey.RoleVoter, time.Hour); refusal(err) != survey.RefusedRegionPresent {
			t.Errorf("inviting a region that is in: %v", err)
		}
	})
}

func TestTwoRegionsDecideAboutAThird(t *testing.T) {
	grow(t, five, func(f *federationtest.Federation) {
		f.As("otv").Claim(acme)
		number := f.As("nenc").Propose(survey.NewProposal{Kind: survey.ProposeSuspend, Region: "otv", Reason: survey.ReasonMisuse}).Number
		if err := f.As("nenc").TryEndorse(number); refusal(err) != survey.RefusedSecondRegion {
			t.Errorf("the proposer endorses: %v", err)
		}
		if err := f.As("otv").TryEndorse(number); refusal(err) != survey.RefusedSecondRegion {
			t.Errorf("the one that is meant endorses: %v", err)
		}
		f.As("otv").Claim(brook) // still its own master
		if err := f.As("gm").TryEndorse(number); err != nil {
			t.Fatal(err)
		}
		f.Await(40*time.Second, "otv following", five, func(n *federationtest.Node) bool { return n.Stage("otv") == "follows" })
		outcome, err := f.As("otv").TryClaim(crest)
		if err != nil || outcome.Refusal == nil || outcome.Refusal.Code != survey.RefusedSuspended {
			t.Errorf("a suspended region claims: %+v %v", outcome, err)
		}
		f.As("gm").Claim(crest)
		f.Await(5*time.Second, "otv following what the others do", []survey.Region{"otv"}, func(n *federationtest.Node) bool { return n.Holder(crest) == "gm" })

		number = f.As("gm").Propose(survey.NewProposal{Kind: survey.ProposeResume, Region: "otv"}).Number
		if err := f.As("sw").TryEndorse(number); err != nil {
			t.Fatal(err)
		}
		f.Await(40*time.Second, "otv voting again", five, func(n *federationtest.Node) bool { return n.Stage("otv") == "votes" })

		number = f.As("gm").Propose(survey.NewProposal{Kind: survey.ProposeSucceed, Region: "otv", To: "sw", Reason: survey.ReasonMerged}).Number
		if err := f.As("wessex").TryEndorse(number); err != nil {
			t.Fatal(err)
		}
		others := []survey.Region{"nenc", "gm", "wessex", "sw"}
		f.Await(40*time.Second, "sw holding otv's companies", others, func(n *federationtest.Node) bool {
			return n.Holder(acme) == "sw" && n.Holder(brook) == "sw" && n.FederationStatus().Quorum.Voters == 4
		})
		// Its old key never comes back.
		f.Stop("otv")
		invite := f.As("sw").Invite("otv")
		time.Sleep(time.Second)
		if _, err := federation.Join(context.Background(), federation.Joining{Dir: t.TempDir(), Key: f.As("otv").Key(), Address: "otv:7443", Invite: invite,
			Dial: f.Stranger(f.As("otv").Key().Public())}); refusal(err) != survey.RefusedKeyRemoved {
			t.Errorf("a removed key joins: %v", err)
		}
	})
}

func TestANodeThatForgotComesBackAsAnother(t *testing.T) {
	grow(t, five, func(f *federationtest.Federation) {
		f.As("otv").Claim(acme)
		f.As("otv").Answer(acme, 1000)
		f.Await(10*time.Second, "the answer being everywhere", five, func(n *federationtest.Node) bool { return n.Leveraged() == 1000 })
		f.Stop("otv")
		f.Rejoin("otv")
		f.Await(60*time.Second, "otv voting as generation 2", five, func(n *federationtest.Node) bool {
			m, _ := n.Registry().Member("otv")
			return m.Generation == 2 && n.Stage("otv") == "votes" && n.FederationStatus().Quorum.Voters == 5
		})
		f.As("otv").Claim(brook)
		if got := f.As("otv").Leveraged(); got != 1000 {
			t.Errorf("its records are %d", got)
		}
	})
}

func TestTheSurvivorsOfALostQuorumGoOn(t *testing.T) {
	grow(t, five, func(f *federationtest.Federation) {
		f.As("sw").Claim(acme)
		f.Await(10*time.Second, "the claim being everywhere", five, func(n *federationtest.Node) bool { return n.Holder(acme) == "sw" })
		for _, region := range five {
			f.Stop(region)
		}
		survivors := []survey.Region{"nenc", "gm"}
		positions := map[survey.Region]federation.Position{}
		for _, region := range survivors {
			remains, err := federation.Inspect(f.As(region).Dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			positions[region] = remains.Last
		}
		best, other := survivors[0], survivors[1]
		if positions[other].Compare(positions[best]) > 0 {
			best, other = other, best
		}
		recovering := federation.Recovering{Survivors: survivors, Seen: map[survey.Region]federation.Position{}}
		if _, err := federation.Recover(f.As(best).Dir, best, f.As(best).Key(), recovering, nil); err == nil {
			t.Error("recovered without the other's position")
		}
		ahead := positions[other]
		ahead.Index = positions[best].Index + 1
		ahead.Term = positions[best].Term
		recovering.Seen[other] = ahead
		if _, err := federation.Recover(f.As(best).Dir, best, f.As(best).Key(), recovering, nil); err == nil {
			t.Error("recovered on the one that is behind")
		}
		recovering.Seen[other] = positions[other]
		if _, err := federation.Recover(f.As(best).Dir, best, f.As(best).Key(), recovering, nil); err != nil {
			t.Fatal(err)
		}
		for _, region := range survivors {
			f.Start(region)
		}
		f.AwaitReady(60 * time.Second)
		f.As("gm").Claim(brook)
		f.Await(5*time.Second, "the permanent entry, and nothing lost", survivors, func(n *federationtest.Node) bool {
			r := n.Registry().Recoveries()
			return n.Registry().Epoch() == 1 && len(r) == 1 && r[0].By == best && n.Holder(acme) == "sw"
		})
		// A lost one comes back as it was: it is not taken, and says why.
		f.Start("sw")
		f.Await(40*time.Second, "sw saying that it must rejoin", []survey.Region{"sw"}, func(n *federationtest.Node) bool {
			return slices.ContainsFunc(n.Problems(), func(p string) bool { return strings.Contains(p, "tracker rejoin") })
		})
		if holder := f.As("sw").Holder(brook); holder != "" {
			t.Errorf("sw follows without having rejoined: brook is held by %q", holder)
		}
		f.Stop("sw")
		f.Rejoin("sw")
		f.Await(60*time.Second, "sw voting again", []survey.Region{"nenc", "gm", "sw"}, func(n *federationtest.Node) bool {
			return n.Stage("sw") == "votes" && n.Holder(brook) == "gm"
		})
		f.As("sw").Claim(crest)
	})
}

func TestACopiedDirectoryIsNoticed(t *testing.T) {
	grow(t, five[:3], func(f *federationtest.Federation) {
		twin := func(instance string) bool {
			text := []byte(`{"instance":"` + instance + `","epoch":0}`)
			reply, err := f.As("nenc").Hello(context.Background(), "otv", text)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Contains(string(reply), `"twin":true`)
		}
		time.Sleep(15 * time.Second) // otv has said hello
		if twin("second") {
			t.Error("a restart is taken for a twin")
		}
		f.Await(30*time.Second, "the twin being noticed", []survey.Region{"nenc", "otv"}, func(n *federationtest.Node) bool {
			twin("second")
			return slices.ContainsFunc(n.Problems(), func(p string) bool { return strings.Contains(p, "runs twice") })
		})
	})
}
