package federation_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/ahsn-network/tracker/store/survey"
)

// Operations that are no step of a held claim.
const (
	opRead  survey.ClaimAction = "read"
	opClaim survey.ClaimAction = "claim"
	opMerge survey.ClaimAction = "merge" // the second company of a family into its first
)

// question is one operation at one region's node, and reply what came back.
type question struct {
	op     survey.ClaimAction
	family int // a company, or two that become one
	place  int // in the family
	region survey.Region
	token  uint64
	to     survey.Region // of an offer
}

type reply struct {
	unknown bool               // it may have been carried out, now or later
	nothing bool               // it certainly was not, and nothing was said about the claim
	code    survey.RefusalCode // why not
	holder  survey.Region      // whom the refusal names
	after   held               // of what was read or carried out
}

// held is one company's claim; by nobody if it is free. Token and since are 0
// where an operation of unknown outcome, or a merge, gave them.
type held struct {
	by, offered   survey.Region
	state, resume survey.ClaimState
	token         uint64
	since         int64 // milliseconds
}

func heldOf(c survey.Claim) held {
	if c.Free() {
		return held{token: c.Token}
	}
	return held{by: c.Region, offered: c.OfferedTo, state: c.State, resume: c.Resume, token: c.Token, since: c.ClaimedAt.UnixMilli()}
}

// like reports whether both are the same but for what is not known.
func (h held) like(o held) bool {
	same := h.by == o.by && h.offered == o.offered && h.state == o.state && h.resume == o.resume
	return same && (h.by == "" || h.token == 0 || h.token == o.token)
}

// families are the claims that the history is about.
type families struct {
	claims [2]held
	merged bool
}

// claims is what the registry promises, told independently of how it does it:
// claims, their steps, merges and fresh reads of one family of companies form
// one register.
var claims = (&porcupine.NondeterministicModel{
	Partition: byFamily,
	Init:      func() []any { return []any{families{}} },
	Step: func(state, input, output any) []any {
		var next []any
		for _, f := range state.(families).after(input.(question), output.(reply)) {
			next = append(next, f)
		}
		return next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
}).ToModel()

func byFamily(history []porcupine.Operation) [][]porcupine.Operation {
	parts := map[int][]porcupine.Operation{}
	for _, o := range history {
		family := o.Input.(question).family
		parts[family] = append(parts[family], o)
	}
	var out [][]porcupine.Operation
	for _, family := range slices.Sorted(maps.Keys(parts)) {
		out = append(out, parts[family])
	}
	return out
}

// after returns what the family may be after the question if that was the
// reply; nothing if it cannot have been.
func (f families) after(in question, out reply) []families {
	switch {
	case out.nothing:
		return []families{f}
	case in.op == opMerge:
		return f.afterMerge(out)
	}
	place := in.place
	if f.merged {
		place = 0
	}
	var next []families
	if out.unknown {
		next = append(next, f)
	}
	for _, v := range decide(f.claims[place], in) {
		if then, legal := v.meets(f.claims[place], out); legal {
			g := f
			g.claims[place] = then
			next = append(next, g)
		}
	}
	return next
}

// verdict is what must come of an operation on a claim.
type verdict struct {
	code survey.RefusalCode
	next held
	same bool // nothing changes
}

// meets reports whether the reply is what the verdict asks for, and what the
// claim then is.
func (v verdict) meets(before held, out reply) (held, bool) {
	switch {
	case out.unknown:
		return v.next, v.code == "" && !v.same // the other case is that nothing was done
	case v.code != "" || out.code != "":
		named := out.code != survey.RefusedAlreadyClaimed && out.code != survey.RefusedNotHolder || out.holder == before.by
		return before, v.code == out.code && named
	case v.same && out.after.by == "":
		return before, before.by == ""
	case v.same:
		return out.after, before.like(out.after)
	}
	then := v.next
	then.token = out.after.token
	return out.after, then.like(out.after) && out.after.token > before.token
}

// decide says what must come of a question about a claim: one verdict, or two
// where the claim's token is not known.
func decide(c held, in question) []verdict {
	grant := held{by: in.region, state: survey.Claimed}
	move, known := moves[in.op]
	switch {
	case in.op == opRead:
		return []verdict{{same: true}}
	case in.op == opClaim && c.by == "":
		return []verdict{{next: grant}}
	case in.op == opClaim && c.by == in.region:
		return []verdict{{same: true}}
	case in.op == opClaim:
		return []verdict{{code: survey.RefusedAlreadyClaimed}}
	case !known:
		return nil
	case c.by == "":
		return []verdict{{code: survey.RefusedNotClaimed}}
	case move.offered && c.state != survey.Transferring:
		return []verdict{{code: survey.RefusedInvalidTransition}}
	case move.offered && c.offered != in.region, !move.offered && c.by != in.region:
		return []verdict{{code: survey.RefusedNotHolder}}
	case c.token != 0 && c.token != in.token:
		return []verdict{{code: survey.RefusedStaleToken}}
	}
	verdicts := []verdict{{code: survey.RefusedInvalidTransition}}
	switch {
	case c.state == move.to && c.state != survey.Transferring:
		verdicts[0] = verdict{same: true}
	case slices.Contains(move.from, c.state):
		verdicts[0] = verdict{next: moved(c, in)}
	}
	if c.token == 0 {
		verdicts = append(verdicts, verdict{code: survey.RefusedStaleToken})
	}
	return verdicts
}

// moves are the steps of a held claim that the clients take.
var moves = map[survey.ClaimAction]struct {
	from    []survey.ClaimState
	to      survey.ClaimState
	offered bool // by the region that it is offered to, else by the holder
}{
	survey.ActionContact:  {from: []survey.ClaimState{survey.Claimed}, to: survey.Contacted},
	survey.ActionRespond:  {from: []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Declined}, to: survey.Responded},
	survey.ActionDecline:  {from: []survey.ClaimState{survey.Claimed, survey.Contacted}, to: survey.Declined},
	survey.ActionReopen:   {from: []survey.ClaimState{survey.Responded, survey.Declined}, to: survey.Contacted},
	survey.ActionRelease:  {from: []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Declined}, to: survey.Released},
	survey.ActionOffer:    {from: []survey.ClaimState{survey.Claimed, survey.Contacted, survey.Declined}, to: survey.Transferring},
	survey.ActionWithdraw: {from: []survey.ClaimState{survey.Transferring}},
	survey.ActionAccept:   {from: []survey.ClaimState{survey.Transferring}, offered: true},
	survey.ActionRefuse:   {from: []survey.ClaimState{survey.Transferring}, offered: true},
}

// moved is the claim after a step that is allowed; its token is a new one.
func moved(c held, in question) held {
	c.token = 0
	switch in.op {
	case survey.ActionRelease:
		return held{}
	case survey.ActionOffer:
		c.resume, c.state, c.offered = c.state, survey.Transferring, in.to
	case survey.ActionWithdraw, survey.ActionRefuse:
		c.state, c.resume, c.offered = c.resume, "", ""
	case survey.ActionAccept:
		c = held{by: in.region, state: c.resume}
		if c.state == survey.Contacted {
			c.state = survey.Claimed // the other region's contact
		}
	default:
		c.state = moves[in.op].to
	}
	return c
}

// afterMerge: of two claims the one with an answer stands, else the older one.
func (f families) afterMerge(out reply) []families {
	if f.merged || out.code != "" {
		if f.merged == (out.code == survey.RefusedInvalid) || f.merged && out.unknown {
			return []families{f}
		}
		return nil
	}
	into, from := f.claims[0], f.claims[1]
	moved := from
	moved.token = 0
	var stand []held
	switch answered := from.state == survey.Responded; {
	case from.by == "":
		stand = []held{into}
	case into.by == "":
		stand = []held{moved}
	case answered && into.state != survey.Responded:
		stand = []held{moved}
	case !answered && into.state == survey.Responded:
		stand = []held{into}
	case from.since == 0 || into.since == 0:
		stand = []held{into, moved}
	case from.since < into.since:
		stand = []held{moved}
	default:
		stand = []held{into}
	}
	var next []families
	if out.unknown {
		next = append(next, f)
	}
	for _, h := range stand {
		next = append(next, families{claims: [2]held{h}, merged: true})
	}
	return next
}
