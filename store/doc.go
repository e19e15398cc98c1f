// Package store keeps one region's own records in a single file: the answers
// that its companies gave, with every earlier version; the region's aggregates
// of them; a mirror of the registry's claims as far as they decide what counts;
// the work that the answers make for the registry; API tokens and the local
// audit log.
//
// Start from [Open] and [Store.RecordResponse]; [Store.People], [Store.Links],
// [Store.Imports], [Store.Outbox] and [Store.Privacy] have what is theirs. The
// signed summaries of all regions and the sessions are files of their own:
// store/summaries, store/sessions. What all of them share is store/boltfile.
//
// Nothing here talks to another node. The federation room feeds registry
// changes in with [Store.ApplyChanges] and takes work out with [Outbox.Due].
package store
