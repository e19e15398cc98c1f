package federation_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ahsn-network/tracker/federation"
	"github.com/ahsn-network/tracker/federation/federationtest"
	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/federation/link"
	"github.com/ahsn-network/tracker/store/survey"
)

// TestTwoJoinersAtOnceWithOneToken races two machines: one is in, the other is
// told that it was too late, and the roster has one key.
func TestTwoJoinersAtOnceWithOneToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five, Founders: 3, Seed: 1})
		f.SetDelay(time.Millisecond, 20*time.Millisecond)
		f.AwaitReady(30 * time.Second)
		invite := f.As("nenc").Invite("sw")
		time.Sleep(time.Second)
		keys := []*identity.Key{identity.FromSeed([32]byte{81}), identity.FromSeed([32]byte{82})}
		outcomes := make([]error, len(keys))
		dirs := []string{t.TempDir(), t.TempDir()}
		var both sync.WaitGroup
		for i, key := range keys {
			both.Go(func() {
				_, outcomes[i] = federation.Join(context.Background(), federation.Joining{Dir: dirs[i], Key: key, Address: "sw:7443", Invite: invite, Dial: f.Stranger(key.Public())})
			})
		}
		both.Wait()
		winner, loser := 0, 1
		if outcomes[0] != nil {
			winner, loser = 1, 0
		}
		if outcomes[winner] != nil || refusal(outcomes[loser]) != survey.RefusedInviteUsed {
			t.Fatalf("not one winner: %v", outcomes)
		}
		f.Await(5*time.Second, "one key of sw being in every roster", f.Running(), func(n *federationtest.Node) bool {
			m, ok := n.Registry().Member("sw")
			return ok && m.Key.Equal(keys[winner].Public())
		})
		if _, err := federation.LoadPeers(dirs[loser]); !errors.Is(err, federation.ErrNotFounded) {
			t.Errorf("the loser's directory: %v", err)
		}
		// The winner's answer may have got lost: it asks again and gets the same.
		if _, err := federation.Join(context.Background(), federation.Joining{Dir: t.TempDir(), Key: keys[winner], Address: "sw:7443", Invite: invite,
			Dial: f.Stranger(keys[winner].Public())}); err != nil {
			t.Errorf("asking again: %v", err)
		}
	})
}

// TestTheDoorRefuses shows what does not come in, and that nothing changes.
func TestTheDoorRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := federationtest.New(t, federationtest.Options{Regions: five, Founders: 2, Seed: 1})
		f.AwaitReady(30 * time.Second)
		sponsor := f.As("nenc")
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		invite, err := sponsor.Governance().Invite(ctx, federationtest.Request(), "sw", survey.RoleVoter, time.Hour)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		key := identity.FromSeed([32]byte{83})
		ask := func(change func(map[string]any)) string {
			request := map[string]any{"version": 1, "secret": invite.Secret[:], "region": "sw", "address": "sw:7443", "signature": []byte("none"), "clock": time.Now().UnixMilli()}
			change(request)
			text, err := json.Marshal(request)
			if err != nil {
				t.Fatal(err)
			}
			conn, err := f.Stranger(key.Public())(t.Context(), "nenc:7443")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, err = link.AskToJoin(t.Context(), conn, text)
			var told *link.CallError
			if !errors.As(err, &told) {
				return "let in or unknown"
			}
			return told.Code
		}
		number := sponsor.Registry().Number()
		for _, c := range []struct {
			name   string
			code   survey.RefusalCode
			change func(map[string]any)
		}{
			{"a clock 31 s ahead", survey.RefusedClockSkew, func(r map[string]any) { r["clock"] = time.Now().Add(31 * time.Second).UnixMilli() }},
			{"a clock 31 s behind", survey.RefusedClockSkew, func(r map[string]any) { r["clock"] = time.Now().Add(-31 * time.Second).UnixMilli() }},
			{"no clock", survey.RefusedClockSkew, func(r map[string]any) { delete(r, "clock") }},
			{"half a secret", survey.RefusedInviteUnknown, func(r map[string]any) { r["secret"] = invite.Secret[:8] }},
			{"no secret", survey.RefusedInvalid, func(r map[string]any) { r["secret"] = []byte{} }},
			{"another region", survey.RefusedInviteRegion, func(r map[string]any) { r["region"] = "we" }},
			{"an address that is none", survey.RefusedInvalid, func(r map[string]any) { r["address"] = "sw" }},
			{"another version", survey.RefusedInvalid, func(r map[string]any) { r["version"] = 2 }},
			{"an unknown field", survey.RefusedInvalid, func(r map[string]any) { r["role"] = "voter" }},
			{"a forged signature", survey.RefusedSignature, func(map[string]any) {}},
		} {
			if got := ask(c.change); got != string(c.code) {
				t.Errorf("%s: %s, want %s", c.name, got, c.code)
			}
			time.Sleep(2 * time.Second) // strangers are let in slowly
		}
		time.Sleep(61 * time.Minute)
		if err := f.As("sw").TryJoin(invite); refusal(err) != survey.RefusedInviteExpired && !errors.Is(err, link.ErrRefused) {
			t.Errorf("an expired invitation: %v", err)
		}
		if _, ok := sponsor.Registry().Member("sw"); ok {
			t.Errorf("sw came in; the registry went from %d to %d", number, sponsor.Registry().Number())
		}
	})
}
