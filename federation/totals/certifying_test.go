package totals

import (
	"crypto/sha256"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// The registry's part in certifying, as the replicas agree on it.

func (r *registry) Revisions(c survey.Cycle) ([]survey.Revision, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.revisions[c]), nil
}

func (r *registry) SignedSummary(c survey.Cycle, revision int, region survey.Region) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	data, ok := r.settled[revisionKey{c, revision}][region]
	if !ok {
		return nil, survey.ErrNotFound
	}
	return data, nil
}

// openRevision opens the first revision, or the next one.
func (r *registry) openRevision(c survey.Cycle, reason survey.ReasonCode) int {
	number := 0
	r.change(func() {
		r.index++
		number = len(r.revisions[c])
		next := survey.Revision{Cycle: c, Revision: number, State: survey.RevisionCollecting, Reason: reason, Counts: r.counts[c],
			OpenedAt: time.Unix(1_700_000_000+int64(number), 0).UTC(), Number: r.index, Needed: len(r.members)/2 + 1}
		for _, m := range r.members {
			next.Regions = append(next.Regions, m.Region)
		}
		slices.Sort(next.Regions)
		if number > 0 {
			next.Previous = r.revisions[c][number-1].Table
		}
		r.revisions[c] = append(slices.Clone(r.revisions[c]), next)
		r.settled[revisionKey{c, number}] = map[survey.Region][]byte{}
	})
	return number
}

// settle takes a region's part in the newest revision.
func (r *registry) settle(c survey.Cycle, region survey.Region, how survey.SettledHow, packed []byte) {
	r.change(func() {
		r.index++
		list := slices.Clone(r.revisions[c])
		last := &list[len(list)-1]
		s := survey.Settled{Region: region, How: how, Number: r.index, At: time.Unix(1_700_000_100+int64(r.index), 0).UTC()}
		if how != survey.SettledSigned {
			s.By, s.EndorsedBy, s.Reason = "gm", "kss", survey.ReasonUnreachableRegion
		}
		if packed != nil {
			s.Hash = sha256.Sum256(packed)
			r.settled[revisionKey{c, last.Revision}][region] = packed
		}
		last.Settled = append(slices.Clone(last.Settled), s)
		slices.SortFunc(last.Settled, func(a, b survey.Settled) int { return strings.Compare(string(a.Region), string(b.Region)) })
		if len(last.Settled) == len(last.Regions) {
			last.State = survey.RevisionSigned
		}
		r.revisions[c] = list
	})
}

// cosign certifies when a majority co-signed the same table.
func (r *registry) cosign(c survey.Cycle, region survey.Region, table [32]byte) {
	r.change(func() {
		r.index++
		list := slices.Clone(r.revisions[c])
		last := &list[len(list)-1]
		last.CoSigned = append(slices.Clone(last.CoSigned), survey.CoSignature{Region: region, Table: table, Number: r.index,
			At: time.Unix(1_700_000_200+int64(r.index), 0).UTC()})
		slices.SortFunc(last.CoSigned, func(a, b survey.CoSignature) int { return strings.Compare(string(a.Region), string(b.Region)) })
		same := 0
		for _, s := range last.CoSigned {
			if s.Table == table {
				same++
			}
		}
		if same >= last.Needed && last.State == survey.RevisionSigned {
			last.State, last.Table, last.CertifiedAt = survey.RevisionCertified, table, time.Unix(1_700_000_300, 0).UTC()
			for i := range r.campaigns {
				if r.campaigns[i].Cycle == c {
					r.campaigns[i].State = survey.CampaignCertified
				}
			}
		}
		r.revisions[c] = list
	})
}

// follow lets all records follow the registry.
func (n *nation) follow() {
	for _, r := range n.records {
		r.cursor.Store(n.registry.Index())
	}
}

// certify signs off at every node that runs, lets the others be absent, and
// co-signs. It returns the table's hash.
func (n *nation) certify(revision int) [32]byte {
	n.t.Helper()
	n.follow()
	for _, region := range n.regions {
		if n.node(region) == nil {
			n.registry.settle(cycle, region, survey.SettledAbsent, nil)
			continue
		}
		packed, err := n.node(region).FinalSummary(cycle, revision)
		if err != nil {
			n.t.Fatalf("%s: %v", region, err)
		}
		n.registry.settle(cycle, region, survey.SettledSigned, packed)
	}
	return n.cosign(revision)
}

func (n *nation) cosign(revision int) (hash [32]byte) {
	n.t.Helper()
	for _, region := range n.regions {
		if n.node(region) == nil {
			continue
		}
		got, err := n.node(region).CheckTable(cycle, revision)
		if err != nil {
			n.t.Fatalf("%s: %v", region, err)
		}
		if hash != ([32]byte{}) && got != hash {
			n.t.Fatalf("%s has another table", region)
		}
		hash = got
		n.registry.cosign(cycle, region, hash)
	}
	return hash
}

func (n *nation) responded(of map[survey.Region]int) {
	n.registry.change(func() {
		counts := n.registry.counts[cycle]
		counts.Responded = 0
		by := map[survey.Region]survey.RegionCounts{}
		for _, region := range n.regions {
			c := counts.ByRegion[region]
			c.Responded = of[region]
			counts.Responded += of[region]
			by[region] = c
		}
		counts.ByRegion = by
		n.registry.counts[cycle] = counts
	})
}

func certified(revision int) survey.TotalsQuery {
	return survey.TotalsQuery{Cycle: cycle, Mode: survey.ModeCertified, Revision: &revision}
}
