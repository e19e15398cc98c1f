// Package disclosure holds the rules on what may leave a region and what may
// be published: policies as data, the primary rule for a cell, releases in
// batches while a campaign is open, what leaves at its close, complements and
// rounding for the public, and the adversary that tries a table before it is
// published. All of it is pure: no clock, no disk, no network. See DESIGN.md.
package disclosure
