package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

// Why are the flags by which a decision says why it was taken.
type Why struct {
	Reason, Words string
	codes         []survey.ReasonCode
}

// Flags adds --reason, with the codes that it may have, and --words.
func (w *Why) Flags(cmd *cobra.Command, codes []survey.ReasonCode) {
	w.codes = codes
	cmd.Flags().StringVar(&w.Reason, "reason", "", "one of "+Join(codes)+" (required)")
	cmd.Flags().StringVar(&w.Words, "words", "", "why, for this node's own audit log: it does not leave the node")
	Require(cmd, "reason")
}

// OptionalFlags is Flags for a verb that takes a decision only at times.
func (w *Why) OptionalFlags(cmd *cobra.Command, codes []survey.ReasonCode) {
	w.codes = codes
	cmd.Flags().StringVar(&w.Reason, "reason", "", "one of "+Join(codes))
	cmd.Flags().StringVar(&w.Words, "words", "", "why, for this node's own audit log")
}

// Body is the request with the reason in it, once the code is known.
func (w *Why) Body(cmd *cobra.Command) (map[string]any, error) {
	if !slices.Contains(w.codes, survey.ReasonCode(w.Reason)) {
		return nil, Usage(cmd, "--reason %s: use one of %s", w.Reason, Join(w.codes))
	}
	return map[string]any{"reason": w.Reason, "words": w.Words}, nil
}
