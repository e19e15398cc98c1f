package link

import "time"

// Bounds of the node port. Each stands alone: none is derived from the number
// of members.
const (
	// handshakeTimeout bounds a connection from the first byte to the last of
	// the handshake, on both sides.
	handshakeTimeout = 10 * time.Second
	// maxPending bounds the connections in their handshake: the work that strangers can make for
	// this node at a time.
	maxPending = 128
	// maxPerPeer bounds the accepted connections of one key for one protocol.
	maxPerPeer = 64
	// maxQueued bounds the connections of one protocol that nobody has
	// accepted yet.
	maxQueued = 64
	// acceptRetry is the longest wait after the operating system refused to
	// accept, for want of file descriptors for instance.
	acceptRetry = time.Second

	// refusalInterval is the least time between two log lines of one remote's refusals;
	// maxRemotes bounds how many remotes are remembered for that.
	refusalInterval = time.Minute
	maxRemotes      = 1024
)

// Bounds of calls.
const (
	// maxBody bounds a request and a response, in bytes.
	maxBody = 4 << 20
	// maxCall bounds a call whose context has no earlier deadline, and a
	// handler.
	maxCall = time.Minute
	// bodyTimeout bounds how long a peer may take to send a request.
	bodyTimeout = 30 * time.Second
	// maxHeader bounds the header of a request and of a response, in bytes.
	maxHeader = 8 << 10
	// serverIdle is longer than clientIdle, so that the client closes: a call over a connection
	// that the server has just closed would have an unknown outcome.
	serverIdle = 5 * time.Minute
	clientIdle = 2 * time.Minute
	// maxCallConns bounds a client's connections to one region, and stays
	// below maxPerPeer. Further calls wait for one of them. All of them are kept
	// for clientIdle: a handshake costs both ends as much as twenty claims.
	maxCallConns = 32
	maxIdleConns = maxCallConns
)
