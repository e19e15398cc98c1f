// Package letters sends letters to companies through the organisation's own mail server, one after
// the other, and returns the outcome of each. Start from [Open] and [Mailer.Send].
//
// [Mailer.MayWrite] knows the people who opted out of letters. It needs no mail server, so it
// also serves letters that people send themselves.
//
// Imports store, store/survey.
package letters
