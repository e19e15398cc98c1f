package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// maxFindings bounds a report; Truncated says that there was more.
const maxFindings = 100

// Finding is one defect: its place in the file, and its description.
type Finding struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// Report is the result of a check. Repairable says that Repair would correct every finding;
// otherwise the region's backup is needed.
type Report struct {
	File       string        `json:"file"`
	Records    int           `json:"records"` // values whose checksum was verified
	Findings   []Finding     `json:"findings"`
	Truncated  bool          `json:"truncated,omitempty"`
	Repairable bool          `json:"repairable,omitempty"`
	Took       time.Duration `json:"took"`
}

// Clean reports whether nothing was found.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// Check lets bbolt check its own pages while writers wait. Then it reads the whole file in one read
// transaction and recomputes everything that follows from other values: every checksum, the
// aggregates from the counted answers and records, the counted values from the mirror and the
// records, the outbox, the versions, the places of records, the tokens' index and the audit chain.
// Findings are in the order of checking. The error is ctx's, or says why the check could not be
// carried out.
func (s *Store) Check(ctx context.Context) (Report, error) {
	begun := time.Now()
	c := &checker{ctx: ctx, region: s.region, report: Report{File: s.file.Path()},
		counted: map[string]*aggregate{}, cycles: map[survey.Cycle]cycleRecord{}, repairable: true}

	if err := s.write(ctx, c.pages); err != nil {
		c.find("pages", err.Error())
	}

	err := s.view(func(t *txn) error {
		c.t = t
		return c.all()
	})

	c.report.Took = time.Since(begun)
	c.report.Repairable = c.repairable && !c.report.Clean()
	if err != nil {
		return c.report, fmt.Errorf("check %s: %w", s.file.Path(), err)
	}
	return c.report, nil
}

// checker carries out one check. counted and cycles are the aggregates and the
// counters as recomputed from the responses and activities.
type checker struct {
	ctx        context.Context
	t          *txn
	region     survey.Region
	report     Report
	repairable bool
	counted    map[string]*aggregate
	cycles     map[survey.Cycle]cycleRecord
}

func (c *checker) all() error {
	// responses and activities come before aggregates and cycleCounts, which compare with their sums.
	for _, step := range []func() error{c.checksums, c.responses, c.history, c.records, c.activities, c.supported,
		c.sharing, c.imports, c.aggregates, c.cycleCounts, c.claims, c.outbox, c.secrets, c.auditLog} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// find notes a defect that Repair cannot correct.
func (c *checker) find(where, what string) {
	c.repairable = false
	c.findRepairable(where, what)
}

func (c *checker) findRepairable(where, what string) {
	if len(c.report.Findings) == maxFindings {
		c.report.Truncated = true
		return
	}
	c.report.Findings = append(c.report.Findings, Finding{Where: where, What: what})
}

// eachValue calls do for the bucket's values that can be decoded; checksums has reported the
// others.
func eachValue[T any](c *checker, bucket boltfile.Bucket, do func(key []byte, value *T) error) error {
	return c.t.Each(bucket, "", func(key, data []byte) (bool, error) {
		if err := c.ctx.Err(); err != nil {
			return false, err
		}
		value := new(T)
		if err := c.t.Open(bucket, key, data, value); err != nil {
			return true, nil
		}
		return true, do(key, value)
	})
}

// pages lets bbolt check its own tree and free list. It holds up writers, because the free list is
// theirs.
func (c *checker) pages(t *txn) error {
	t.CheckPages(func(err error) { c.find("pages", err.Error()) })
	return nil
}

func (c *checker) checksums() error {
	return c.t.EachOfAll(func(bucket boltfile.Bucket, key, data []byte) error {
		c.report.Records++
		if err := c.t.Verify(bucket, key, data); err != nil {
			where := fmt.Sprintf("%s %q", bucket, key)
			if bucket == aggregatesBucket || bucket == cyclesBucket {
				c.findRepairable(where, err.Error())
			} else {
				c.find(where, err.Error())
			}
		}
		return c.ctx.Err()
	})
}

func (c *checker) responses() error {
	return eachValue(c, responsesBucket, func(key []byte, r *responseRecord) error {
		cycle, id := splitRecordKey(key)
		where := "responses " + string(key)

		// Recomputed as settle does it, without the counted values of the file.
		claim, _, err := c.t.claim(cycle, id)
		if err != nil {
			return nil // reported by checksums
		}

		var want *countedRecord
		if claim.mine(c.region) && r.Complete && !r.Ineligible {
			if want, err = c.t.responses().countedWith(cycle, r); err != nil {
				return nil // reported by checksums
			}
		}

		if !r.Counted.same(want) {
			c.find(where, "it is not counted as the mirror and its answers say")
		}

		if r.Complete != c.t.responses().complete(r.Answers) || r.Ineligible != survey.NotSupported(r.Answers) {
			c.find(where, "its flags do not say what its answers say")
		}

		if canonical, err := c.t.canonical(id); err != nil || canonical != id {
			c.find(where, "the organisation was merged away")
		}

		// Summed up here and compared with the aggregates and counters at the end.
		counters := c.cycles[cycle]
		counters.Responses++
		if r.Counted != nil {
			counters.AnswersIn++
			if err := c.recount(cycle, r.Counted); err != nil {
				c.find(where, err.Error())
			}
		}
		c.cycles[cycle] = counters

		c.checkWork(key, desiredWork(r, claim, c.region))
		c.checkSharing(cycle, id, r, claim)
		return nil
	})
}

// recount adds c to the recomputed aggregates.
func (c *checker) recount(cycle survey.Cycle, counted *countedRecord) error {
	for _, key := range aggregateKeys(cycle, counted) {
		a := c.counted[key]
		if a == nil {
			a = &aggregate{}
			c.counted[key] = a

		}
		for _, contribution := range counted.Values {
			if err := a.add(contribution, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkWork compares the outbox with the work that follows from the response.
func (c *checker) checkWork(key []byte, want *Work) {
	where := "outbox " + string(key)
	var have Work
	found, err := c.t.Get(outboxBucket, key, &have)
	switch {
	case err != nil: // reported by checksums
	case found && want == nil:
		c.find(where, "there is nothing to ask for")
	case !found && want != nil:
		c.find(where, fmt.Sprintf("the work %q is missing", want.Kind))
	case found && (have.Kind != want.Kind || have.Token != want.Token || want.Refusal != nil && have.Refusal == nil):
		c.find(where, fmt.Sprintf("it says %q where the answer asks for %q", have.Kind, want.Kind))
	}
}

func (c *checker) history() error {
	var last string
	var version uint64
	return eachValue(c, historyBucket, func(key []byte, r *responseRecord) error {
		where := fmt.Sprintf("history %q", key)
		if len(key) < 9 {
			c.find(where, "its key is too short")
			return nil
		}

		// Versions of one organisation stand together, numbered from 1 without gaps.
		of := key[:len(key)-9]
		if string(of) != last {
			last, version = string(of), 0
		}
		version++

		if r.Version != version || !bytes.Equal(key[len(key)-8:], boltfile.NumberKey(version)) {
			c.find(where, fmt.Sprintf("version %d was expected here", version))
		}
		if r.Counted != nil {
			c.find(where, "an earlier version is marked as counted")
		}

		cycle, id := splitRecordKey(of)
		if current, err := c.t.response(cycle, id); err == nil && (current == nil || current.Version <= version) {
			c.find(where, "there is no newer version")
		}
		return nil
	})
}

func (c *checker) aggregates() error {
	err := eachValue(c, aggregatesBucket, func(key []byte, have *aggregate) error {
		want := c.counted[string(key)]
		if want == nil || !slices.Equal(want.Sums, have.Sums) {
			c.findRepairable("aggregates "+string(key), "it is not the sum of the counted answers")
		}
		return nil
	})
	if err != nil {
		return err
	}

	// The walk above saw only the aggregates that are in the file.
	for key, want := range c.counted {
		if len(want.Sums) > 0 && !c.t.Has(aggregatesBucket, []byte(key)) {
			c.findRepairable("aggregates "+key, "it is missing")
		}
	}
	return nil
}

func (c *checker) cycleCounts() error {
	err := eachValue(c, cyclesBucket, func(key []byte, have *cycleRecord) error {
		want := c.cycles[survey.Cycle(key)]
		delete(c.cycles, survey.Cycle(key))
		if have.Responses != want.Responses || have.AnswersIn != want.AnswersIn {
			c.findRepairable("cycles "+string(key), fmt.Sprintf("it says %d answers, %d counted; there are %d and %d",
				have.Responses, have.AnswersIn, want.Responses, want.AnswersIn))
		}
		return nil
	})
	for cycle := range c.cycles {
		c.findRepairable("cycles "+string(cycle), "it is missing")
	}
	return err
}

func (c *checker) claims() error {
	return eachValue(c, claimsBucket, func(key []byte, claim *claimRecord) error {
		where := "claims " + string(key)
		if claim.Number > c.t.cursor {
			c.find(where, "it is newer than the cursor")
		}

		cycle, id := splitRecordKey(key)
		if r, err := c.t.response(cycle, id); err == nil && r == nil && !claim.mine(c.region) {
			c.find(where, "it is another region's and there is no answer here")
		}
		return nil
	})
}

func (c *checker) outbox() error {
	return eachValue(c, outboxBucket, func(key []byte, work *Work) error {
		where := "outbox " + string(key)
		if !bytes.Equal(key, recordKey(work.Cycle, work.Organisation)) || work.RequestID == "" {
			c.find(where, "it stands under another key than its own")
		}

		cycle, id := splitRecordKey(key)
		if r, err := c.t.response(cycle, id); err == nil && r == nil {
			c.find(where, "there is no answer that it follows from")
		}
		return nil
	})
}

func (c *checker) secrets() error {
	err := eachValue(c, secretsBucket, func(key []byte, id *string) error {
		var token Token
		found, err := c.t.Get(tokensBucket, []byte(*id), &token)
		if err == nil && (!found || !bytes.Equal(token.Hash, key)) {
			c.find(fmt.Sprintf("secrets %x", key[:min(len(key), 4)]), "it belongs to no token")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachValue(c, tokensBucket, func(key []byte, token *Token) error {
		if !c.t.Has(secretsBucket, token.Hash) {
			c.find("tokens "+string(key), "its secret is not known")
		}
		return nil
	})
}

func (c *checker) auditLog() error {
	chain := &auditChain{file: c.t.store.file}
	err := eachValue(c, auditBucket, func(key []byte, e *AuditEntry) error {
		wrong, err := chain.follow(key, *e)
		if wrong != "" {
			c.find(fmt.Sprintf("audit %d", e.Sequence), wrong)
		}
		return err
	})
	if err != nil {
		return err
	}

	// The head is kept apart from the log, so that missing newest entries are found too.
	var head auditHead
	if _, err := c.t.Get(boltfile.Meta, []byte(metaAudit), &head); err == nil &&
		(head.Sequence != chain.head.Sequence || !bytes.Equal(head.Hash, chain.head.Hash)) {
		c.find("audit", fmt.Sprintf("the log ends at %d, not at %d", chain.head.Sequence, head.Sequence))
	}
	return nil
}
