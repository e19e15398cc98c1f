// Package letters sends letters to companies through the organisation's own mail
// server, one after the other, and says of each what became of it. Start from
// [Open] and [Office.Send].
//
// It also knows who must not be written to: [Office.MayWrite]. That holds
// without a mail server too, for letters that people send themselves.
package letters
