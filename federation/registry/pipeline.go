package registry

import (
	"time"

	"github.com/hashicorp/raft"
)

// pipeline is raft's way of sending entries without waiting for each answer,
// with an end to its waiting. raft's own sender waits until its decoder takes
// the next request, and the decoder until somebody takes its answers. Once the
// reader of the answers has given up (the follower refused one, or is in a later
// term) both wait for each other for ever: the follower gets nothing more from
// this leader, and raft cannot be shut down.
type pipeline struct {
	raft.AppendPipeline
	timeout time.Duration
}

// AppendEntries hands the request over, or gives the pipeline up after the
// timeout; raft then goes on without one. An answer that takes longer is late
// anyway.
func (p *pipeline) AppendEntries(request *raft.AppendEntriesRequest,
	response *raft.AppendEntriesResponse) (raft.AppendFuture, error) {
	giveUp := time.AfterFunc(p.timeout, func() { p.Close() })
	defer giveUp.Stop()
	return p.AppendPipeline.AppendEntries(request, response)
}
