// Package intake imports people's lists into this region's own records and exports lists that come
// back by the same way.
//
// Start from [Open] and [Importer.Plan]. A list is read to its end and compared with the records
// before anything is recorded. [Importer.Commit] then records all its good rows in one transaction,
// and [Importer.Undo] reverses that within a day. The rows that were refused come back as the same
// sheet with a reason.
//
// Uploaded lists hold personal data: they are kept for a day, and only the node can read them.
//
// Imports store, store/sheet, store/survey.
package intake
