package totals

import (
	"fmt"
	"slices"
)

// The names of metrics and keys are a quarter of every packed summary, and the same in nearly all.
// A published file has those of its first summary once, and leaves them out of each summary that
// has the same.

// beforeNames returns the place where the names of a packed summary begin, also in one from which
// they were left out. It reports false if it is no packed summary.
func beforeNames(packed []byte) (at int, ok bool) {
	r := &reader{left: packed}
	r.take(1)
	r.take(r.count(MaxSummaryBytes))
	r.take(signatureSize)
	return len(packed) - len(r.left), !r.failed
}

// namesOf returns the names in a packed summary, nil if they cannot be read.
func namesOf(packed []byte) []byte {
	at, ok := beforeNames(packed)
	if !ok {
		return nil
	}
	r := &reader{left: packed[at:]}
	if r.names(); r.failed {
		return nil
	}
	return packed[at : len(packed)-len(r.left)]
}

// short returns the file in its written form, with the names once.
func (p Published) short() Published {
	p.Names, p.Regions = nil, slices.Clone(p.Regions)
	for i := range p.Regions {
		r := &p.Regions[i]
		names := namesOf(r.Summary)
		if p.Names == nil {
			p.Names = names
		}

		if len(names) > 0 && string(names) == string(p.Names) {
			at, _ := beforeNames(r.Summary)
			r.Summary, r.Named = slices.Concat(r.Summary[:at], r.Summary[at+len(names):]), true
		}
	}
	return p
}

// whole puts the names back that short left out.
func (p *Published) whole() error {
	for i := range p.Regions {
		r := &p.Regions[i]
		if !r.Named {
			continue
		}
		at, ok := beforeNames(r.Summary)
		if !ok {
			return fmt.Errorf("%w: the summary of %s is none", ErrBadSummary, r.Region)
		}
		r.Summary, r.Named = slices.Concat(r.Summary[:at], p.Names, r.Summary[at:]), false
	}
	p.Names = nil
	return nil
}
