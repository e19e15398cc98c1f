// Package disclosure has the rules by which figures leave a region and are
// published. It releases an open campaign's figures in batches, the
// rest at the close, and changes of final figures with a revision; it suppresses
// and rounds tables for the public. All of it is pure: no clock, no disk, no
// network, no randomness. See DESIGN.md.
//
// The words are those of statistical disclosure control, as the Handbook on
// Statistical Disclosure Control (ESSnet, 2010) has them:
//   - contributors: the companies in a cell; threshold: the fewest that it needs;
//   - p% rule: no contributor can estimate another to within p% of its value; a
//     cell that fails it is dominated;
//   - primary suppression: the cell itself fails the threshold or the p% rule;
//     secondary (complementary) suppression: a cell is hidden beside it, so that it
//     cannot be computed from the totals;
//   - audit: computing the interval in which every hidden cell must lie, as an
//     intruder would; an interval narrower than the protection interval exposes it.
//
// An audience is a group of readers with a rule of its own: the members, that is
// the other regions, and the public.
//
// Imports store/survey.
package disclosure
