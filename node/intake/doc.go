// Package intake takes people's lists into this region's own records, and
// gives them back better.
//
// Start from [Open] and [Desk.Plan]. A list is read to its end and compared
// with what is stored before anything is recorded; [Desk.Commit] then records
// all its good rows in one transaction, and [Desk.Undo] takes that back for a
// day. The rows that were refused come back as the same sheet with a reason.
//
// Uploaded lists hold personal data: they are kept for a day, readable by the
// node alone.
package intake
