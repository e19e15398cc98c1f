// Package store keeps one region's own records in a single file: the answers of its companies, with
// every earlier version; the region's aggregates of them; a mirror of those of the registry's
// claims that decide which answers count; the work that the answers make for the registry; API
// tokens and the local audit log.
//
// Start from [Open] and [Store.RecordResponse]; [Store.People], [Store.Links], [Store.Imports],
// [Store.Outbox] and [Store.Privacy] hold the methods of their subjects. The signed summaries of
// all regions and the sessions have files and rooms of their own: store/summaries, store/sessions.
// All of them stand on store/boltfile.
//
// Nothing here talks to another node. The federation room passes registry changes in with
// [Store.ApplyChanges] and takes work out with [Outbox.Due].
//
// Imports store/boltfile, store/disk, store/notifier, store/survey.
package store
