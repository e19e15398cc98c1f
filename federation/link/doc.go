// Package link is the node port: TLS 1.3 connections between the members'
// nodes, and calls over them.
//
// Start from [Network], which the other rooms see, and [Port], the real one.
// Whoever is at the other end of a connection is known by its key, which the
// roster binds to a region; what it says about itself counts for nothing.
// [Serve] and [Client] carry calls, over any Network.
package link
