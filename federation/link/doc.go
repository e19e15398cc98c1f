// Package link is the node port: TLS 1.3 connections between the members'
// nodes, and calls over them.
//
// Start from [Network], which the other packages see, and [Port], the real one. The peer of a
// connection is known by its key, which the roster binds to a region; its own statements count for
// nothing. [Serve] and [Client] carry calls, over any Network.
//
// Imports federation/identity, store/survey.
package link
