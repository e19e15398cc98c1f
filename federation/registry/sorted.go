package registry

import "slices"

// A sorted map of rows, made for many indexes over many rows of which few
// change: a B+ tree that is copied where it is written, so that every state that
// a reader holds stays as it was. A node of either kind takes 1,024 bytes.
const (
	pageMost   = 31 // rows of a page
	forkMost   = 32 // branches of a fork
	pageSparse = pageMost / 4
	pageJoined = pageMost * 3 / 4 // rows of two pages that are made one
)

// owner tells the nodes that one transaction made, and may still change, from
// those that others may see.
type owner struct{ _ byte }

// sorted is the map; copying the value copies the map.
type sorted struct{ root branch }

// branch is a page or a fork. What changes returns what stands in its place.
type branch interface {
	get(key string) any
	// put returns the new branch, and a right half with its lowest key if it had
	// to be split.
	put(o *owner, key string, row any) (self, right branch, lowest string)
	// drop returns nil when nothing is left.
	drop(o *owner, key string) branch
	// ascend visits the rows in rising order of keys, from the key on, until
	// visit returns false.
	ascend(from string, visit func(key string, row any) bool) bool
}

func (s *sorted) get(key string) any {
	if s.root == nil {
		return nil
	}
	return s.root.get(key)
}

func (s *sorted) put(o *owner, key string, row any) {
	if s.root == nil {
		s.root = &page{owner: o}
	}
	self, right, lowest := s.root.put(o, key, row)
	s.root = self
	if right != nil {
		f := &fork{owner: o, n: 2}
		f.below[0], f.below[1], f.keys[0] = self, right, lowest
		s.root = f
	}
}

// drop takes the key out, which is there.
func (s *sorted) drop(o *owner, key string) {
	s.root = s.root.drop(o, key)
	for {
		f, ok := s.root.(*fork)
		if !ok || f.n > 1 {
			return
		}
		s.root = f.below[0]
	}
}

func (s *sorted) ascend(from string, visit func(key string, row any) bool) {
	if s.root != nil {
		s.root.ascend(from, visit)
	}
}

type page struct {
	owner *owner
	n     int
	keys  [pageMost]string
	rows  [pageMost]any
}

// own returns the page itself, or a copy that the owner may change.
func (p *page) own(o *owner) *page {
	if p.owner == o {
		return p
	}
	c := *p
	c.owner = o
	return &c
}

func (p *page) get(key string) any {
	if i, found := slices.BinarySearch(p.keys[:p.n], key); found {
		return p.rows[i]
	}
	return nil
}

func (p *page) put(o *owner, key string, row any) (self, right branch, lowest string) {
	i, found := slices.BinarySearch(p.keys[:p.n], key)
	p = p.own(o)
	switch {
	case found:
		p.keys[i], p.rows[i] = key, row // the old key's text may be part of the old row
		return p, nil, ""
	case p.n < pageMost:
		p.insert(i, key, row)
		return p, nil, ""
	}
	at := p.n / 2
	if i == p.n {
		at = p.n // keys that rise, as numbers do, leave full pages behind
	}
	r := &page{owner: o, n: p.n - at}
	copy(r.keys[:], p.keys[at:p.n])
	copy(r.rows[:], p.rows[at:p.n])
	clear(p.keys[at:p.n])
	clear(p.rows[at:p.n])
	p.n = at
	if i <= at && at < pageMost {
		p.insert(i, key, row)
	} else {
		r.insert(i-at, key, row)
	}
	return p, r, r.keys[0]
}

func (p *page) insert(i int, key string, row any) {
	copy(p.keys[i+1:p.n+1], p.keys[i:p.n])
	copy(p.rows[i+1:p.n+1], p.rows[i:p.n])
	p.keys[i], p.rows[i] = key, row
	p.n++
}

func (p *page) drop(o *owner, key string) branch {
	i, found := slices.BinarySearch(p.keys[:p.n], key)
	switch {
	case !found:
		return p
	case p.n == 1:
		return nil
	}
	p = p.own(o)
	copy(p.keys[i:], p.keys[i+1:p.n])
	copy(p.rows[i:], p.rows[i+1:p.n])
	p.n--
	p.keys[p.n], p.rows[p.n] = "", nil
	return p
}

func (p *page) ascend(from string, visit func(key string, row any) bool) bool {
	i, _ := slices.BinarySearch(p.keys[:p.n], from)
	for ; i < p.n; i++ {
		if !visit(p.keys[i], p.rows[i]) {
			return false
		}
	}
	return true
}

// fork has keys[i] between below[i] and below[i+1]: no greater than any key of
// the latter, greater than any of the former.
type fork struct {
	owner *owner
	n     int // branches
	keys  [forkMost - 1]string
	below [forkMost]branch
}

func (f *fork) own(o *owner) *fork {
	if f.owner == o {
		return f
	}
	c := *f
	c.owner = o
	return &c
}

// way is the branch that the key is in.
func (f *fork) way(key string) int {
	i, found := slices.BinarySearch(f.keys[:f.n-1], key)
	if found {
		i++
	}
	return i
}

func (f *fork) get(key string) any { return f.below[f.way(key)].get(key) }

func (f *fork) put(o *owner, key string, row any) (self, right branch, lowest string) {
	i := f.way(key)
	branch, beside, above := f.below[i].put(o, key, row)
	f = f.own(o)
	f.below[i] = branch
	switch {
	case beside == nil:
		return f, nil, ""
	case f.n < forkMost:
		f.insert(i+1, above, beside)
		return f, nil, ""
	}
	at := f.n / 2
	if i == f.n-1 {
		at = f.n - 1
	}
	r := &fork{owner: o, n: f.n - at}
	lowest = f.keys[at-1]
	copy(r.below[:], f.below[at:f.n])
	copy(r.keys[:], f.keys[at:f.n-1])
	clear(f.below[at:f.n])
	clear(f.keys[at-1 : f.n-1])
	f.n = at
	if i+1 <= at {
		f.insert(i+1, above, beside)
	} else {
		r.insert(i+1-at, above, beside)
	}
	return f, r, lowest
}

// insert puts the branch in place i, which is not the first, with its lowest
// key.
func (f *fork) insert(i int, lowest string, b branch) {
	copy(f.below[i+1:f.n+1], f.below[i:f.n])
	copy(f.keys[i:f.n], f.keys[i-1:f.n-1])
	f.below[i], f.keys[i-1] = b, lowest
	f.n++
}

func (f *fork) drop(o *owner, key string) branch {
	i := f.way(key)
	left := f.below[i].drop(o, key)
	f = f.own(o)
	if left != nil {
		f.below[i] = left
		f.gather(o, i)
		return f
	}
	if f.n == 1 {
		return nil
	}
	f.remove(i)
	return f
}

// remove takes branch i out; others are left.
func (f *fork) remove(i int) {
	copy(f.below[i:], f.below[i+1:f.n])
	copy(f.keys[max(i-1, 0):], f.keys[max(i-1, 0)+1:f.n-1])
	f.n--
	f.below[f.n], f.keys[f.n-1] = nil, ""
}

// gather makes one page of a sparse one and the one beside it.
func (f *fork) gather(o *owner, i int) {
	if p, ok := f.below[i].(*page); !ok || p.n > pageSparse || f.n == 1 {
		return
	}
	i = min(i, f.n-2)
	p, r := f.below[i].(*page), f.below[i+1].(*page)
	if p.n+r.n > pageJoined {
		return
	}
	p = p.own(o)
	copy(p.keys[p.n:], r.keys[:r.n])
	copy(p.rows[p.n:], r.rows[:r.n])
	p.n += r.n
	f.below[i] = p
	f.remove(i + 1)
}

func (f *fork) ascend(from string, visit func(key string, row any) bool) bool {
	for i := f.way(from); i < f.n; i++ {
		if !f.below[i].ascend(from, visit) {
			return false
		}
	}
	return true
}
