package disclosure

// arc is one direction of an edge of the flow network: its end, and how much more can flow. Edges
// stand in pairs, at e and e^1.
type arc struct {
	to   int32
	left int64
}

// flow is the network whose circulations are the tables that agree with all published figures:
// source -> row -> column -> sink -> source.
type flow struct {
	arcs  []arc
	heads [][]int32 // arcs that leave each node
	level []int32
	next  []int32
	queue []int32
}

func newFlow(nodes int) *flow {
	return &flow{heads: make([][]int32, nodes), level: make([]int32, nodes), next: make([]int32, nodes)}
}

// edge adds an edge and returns its place.
func (f *flow) edge(from, to int, room int64) int {
	at := len(f.arcs)
	f.arcs = append(f.arcs, arc{int32(to), room}, arc{int32(from), 0})
	f.heads[from] = append(f.heads[from], int32(at))
	f.heads[to] = append(f.heads[to], int32(at+1))
	return at
}

// push sends as much as it can from one node to another, at most limit, and returns the amount
// (Dinic's algorithm).
func (f *flow) push(from, to int32, limit int64) int64 {
	sent := int64(0)
	for sent < limit && f.reach(from, to) {
		// Every edge of the new distances is tried again.
		for i := range f.next {
			f.next[i] = 0
		}
		for sent < limit {
			more := f.along(from, to, limit-sent)
			if more == 0 {
				break
			}
			sent += more
		}
	}
	return sent
}

// reach numbers the nodes by their distance from one. It reports false if the other cannot be
// reached.
func (f *flow) reach(from, to int32) bool {
	for i := range f.level {
		f.level[i] = -1
	}

	f.level[from] = 0
	f.queue = append(f.queue[:0], from)
	for at := 0; at < len(f.queue); at++ {
		node := f.queue[at]
		for _, e := range f.heads[node] {
			a := f.arcs[e]
			if a.left > 0 && f.level[a.to] < 0 {
				f.level[a.to] = f.level[node] + 1
				if a.to == to {
					return true
				}
				f.queue = append(f.queue, a.to)
			}
		}
	}
	return false
}

// along sends an amount along one shortest path, at most limit, and returns it.
func (f *flow) along(node, to int32, limit int64) int64 {
	if node == to {
		return limit
	}
	for ; int(f.next[node]) < len(f.heads[node]); f.next[node]++ {
		e := f.heads[node][f.next[node]]
		a := f.arcs[e]
		if a.left <= 0 || f.level[a.to] != f.level[node]+1 {
			continue
		}
		if got := f.along(a.to, to, min(limit, a.left)); got > 0 {
			f.arcs[e].left -= got
			f.arcs[e^1].left += got
			return got
		}
	}
	return 0
}
