package state

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxRevisions bounds the revisions of one campaign's figures.
const maxRevisions = 64

// finalRow is a region's part in a revision: the summary that it signed. The
// registry does not look into it. It stays for ever, so that every node can
// derive every published year with all others gone.
type finalRow struct {
	Cycle    survey.Cycle  `cbor:"1,keyasint"`
	Revision int           `cbor:"2,keyasint"`
	Region   survey.Region `cbor:"3,keyasint"`
	Summary  []byte        `cbor:"4,keyasint"`
}

func revisionKey(cycle survey.Cycle, revision int) string {
	return string(binary.BigEndian.AppendUint16([]byte(string(cycle)+"\x00"), uint16(revision)))
}

func finalKey(cycle survey.Cycle, revision int, region survey.Region) string {
	return revisionKey(cycle, revision) + string(region) + "\x00"
}

func (v View) revision(cycle survey.Cycle, revision int) *survey.Revision {
	if revision < 0 || revision >= maxRevisions {
		return nil
	}
	return first[survey.Revision](v.txn, tableRevisions, byKey, revisionKey(cycle, revision))
}

func (v View) revisions(cycle survey.Cycle) []*survey.Revision {
	var out []*survey.Revision
	for r := range rowsFrom[survey.Revision](v.txn, tableRevisions, byKey, revisionKey(cycle, 0)) {
		if r.Cycle != cycle {
			break
		}
		out = append(out, r)
	}
	return out
}

// lastRevision returns the newest revision, nil while the campaign is open.
func (v View) lastRevision(cycle survey.Cycle) *survey.Revision {
	if all := v.revisions(cycle); len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// cloneRevision is a copy that may be changed, or handed out.
func cloneRevision(r *survey.Revision) *survey.Revision {
	next := *r
	next.Regions = slices.Clone(r.Regions)
	next.Settled = slices.Clone(r.Settled)
	next.CoSigned = slices.Clone(r.CoSigned)
	next.Counts = cloneCounts(r.Counts)
	return &next
}

// startRevision opens an edition of the campaign's figures with the counts and
// the reporting regions of this moment.
func (w *campaignWork) startRevision(cycle survey.Cycle, revision int, reason survey.ReasonCode, number uint64) {
	r := &survey.Revision{Cycle: cycle, Revision: revision, Reason: reason, Regions: w.reporting(),
		Counts: cloneCounts(w.tally(cycle).Counts), OpenedAt: instant(w.clock()), Number: number}
	if before := w.revision(cycle, revision-1); before != nil {
		r.Previous = before.Table
	}
	w.assess(r)
}

// reporting returns the regions whose figures make up the nation's: every voter that was not
// removed. Suspended ones report too, because their companies answered. A succeeded region was
// removed, and its claims are the successor's. A region without a node has no key to sign figures
// with: its claims are in the counts, and show as the difference.
func (w *campaignWork) reporting() []survey.Region {
	var out []survey.Region
	for _, m := range w.Members() {
		if m.Role == survey.RoleVoter && m.State != survey.MemberRemoved {
			out = append(out, m.Region)
		}
	}
	return out
}

// assess works out the revision's state and stores it. Only co-signatures of active regions count;
// one that differs among them stops everything. A certified revision is final for ever.
func (w *campaignWork) assess(r *survey.Revision) {
	active := 0
	for _, region := range r.Regions {
		if w.hasVoice(region) {
			active++
		}
	}
	r.Needed = active/2 + 1

	agreed, disputed := 0, false
	var table [32]byte
	for _, c := range r.CoSigned {
		if !w.hasVoice(c.Region) {
			continue
		}
		disputed = disputed || agreed > 0 && c.Table != table
		table = c.Table
		agreed++
	}

	switch {
	case len(r.Settled) < len(r.Regions):
		r.State = survey.RevisionCollecting
	case disputed:
		r.State = survey.RevisionDisputed
	case agreed < r.Needed:
		r.State = survey.RevisionSigned
	default:
		r.State, r.Table, r.CertifiedAt = survey.RevisionCertified, table, instant(w.clock())
		w.certified(r)
	}

	w.insert(tableRevisions, r)
}

// certified makes the campaign final with its first revision.
func (w *campaignWork) certified(r *survey.Revision) {
	if c := w.campaign(r.Cycle); c.State == survey.CampaignClosed {
		next := *c
		next.State, next.Version = survey.CampaignCertified, w.next()
		w.putCampaign(&next)
	}
}

// assessAll assesses every revision that is not final, after a change of the roster.
func (w *campaignWork) assessAll() {
	var open []*survey.Revision
	for r := range rowsFrom[survey.Revision](w.txn, tableRevisions, byKey, "") {
		if r.State != survey.RevisionCertified {
			open = append(open, r)
		}
	}
	for _, r := range open {
		w.assess(cloneRevision(r))
	}
}

// openRevision finds the revision of a step, or says why it takes no steps.
func (w *campaignWork) openRevision(cycle survey.Cycle, revision int) (*survey.Revision, *survey.Refusal) {
	c := w.campaign(cycle)
	switch {
	case c == nil:
		return nil, refuse(survey.RefusedUnknownCampaign, "no campaign was opened for this cycle")
	case c.State != survey.CampaignClosed && c.State != survey.CampaignCertified:
		return nil, refuse(survey.RefusedCampaignNotClosed,
			"figures become final after the campaign's close: campaign "+string(cycle)+" is "+string(c.State))
	}

	r := w.revision(cycle, revision)
	switch {
	case r == nil:
		return nil, refuse(survey.RefusedUnknownRevision, "the campaign has no such revision")
	case r.State == survey.RevisionCertified:
		return nil, refuse(survey.RefusedAlreadyCertified,
			"the revision is certified: certified figures never move; open another revision")
	}
	return cloneRevision(r), nil
}

// missing lists the regions that are not settled yet.
func missing(r *survey.Revision) string {
	return regionList(r.Missing())
}

func settledOf(r *survey.Revision, region survey.Region) *survey.Settled {
	for i := range r.Settled {
		if r.Settled[i].Region == region {
			return &r.Settled[i]
		}
	}
	return nil
}

// settle puts the region's part into the revision, in the place of an earlier one. Co-signatures
// were of the former table, so they are asked for again.
func (w *campaignWork) settle(r *survey.Revision, s survey.Settled, summary []byte) {
	// An absent region has no summary, not even an earlier one.
	if s.How == survey.SettledAbsent {
		if old := first[finalRow](w.txn, tableFinals, byKey, finalKey(r.Cycle, r.Revision, s.Region)); old != nil {
			w.remove(tableFinals, old)
		}
	} else {
		w.insert(tableFinals, &finalRow{Cycle: r.Cycle, Revision: r.Revision, Region: s.Region, Summary: summary})
	}

	r.Settled = slices.DeleteFunc(r.Settled, func(old survey.Settled) bool { return old.Region == s.Region })
	r.Settled = append(r.Settled, s)
	slices.SortFunc(r.Settled, func(a, b survey.Settled) int { return cmp.Compare(a.Region, b.Region) })

	r.CoSigned = nil
	w.assess(r)
}

// Revisions returns every revision of the cycle's figures, the first one first,
// none while the campaign is open. It returns an error wrapping
// survey.ErrNotFound for an unknown campaign.
func (r Reader) Revisions(cycle survey.Cycle) ([]survey.Revision, error) {
	v := r.now()
	if v.campaign(cycle) == nil {
		return nil, fmt.Errorf("revisions of %s: %w", cycle, survey.ErrNotFound)
	}
	var out []survey.Revision
	for _, one := range v.revisions(cycle) {
		out = append(out, *cloneRevision(one))
	}
	return out, nil
}

// Certified returns the newest revision of the cycle's figures that is final.
func (r Reader) Certified(cycle survey.Cycle) (newest survey.Revision, ok bool) {
	for _, one := range r.now().revisions(cycle) {
		if one.State == survey.RevisionCertified {
			newest, ok = *cloneRevision(one), true
		}
	}
	return newest, ok
}

// SignedSummary returns the bytes that settled the region's part in the
// revision, or an error wrapping survey.ErrNotFound if there are none.
func (r Reader) SignedSummary(cycle survey.Cycle, revision int, region survey.Region) ([]byte, error) {
	v := r.now()
	if v.revision(cycle, revision) != nil {
		if f := first[finalRow](v.txn, tableFinals, byKey, finalKey(cycle, revision, region)); f != nil {
			return bytes.Clone(f.Summary), nil
		}
	}
	return nil, fmt.Errorf("signed summary of %s in revision %d of %s: %w", region, revision, cycle, survey.ErrNotFound)
}
