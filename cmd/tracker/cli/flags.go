package cli

import (
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

// Require marks a flag that the command has as required.
func Require(cmd *cobra.Command, flag string) {
	if err := cmd.MarkFlagRequired(flag); err != nil {
		panic(err) // only if there is no such flag
	}
}

// parsedFlag is a flag that is checked while the command line is read.
type parsedFlag[T ~string] struct {
	into  *T
	parse func(string) (T, error)
}

// String implements pflag.Value.
func (f parsedFlag[T]) String() string { return string(*f.into) }

// Set implements pflag.Value.
func (f parsedFlag[T]) Set(text string) error {
	value, err := f.parse(text)
	if err != nil {
		return errors.New(survey.Detail(err))
	}
	*f.into = value
	return nil
}

// Type implements pflag.Value. Help texts show it.
func (parsedFlag[T]) Type() string { return "string" }

// CycleFlag adds the required --cycle.
func CycleFlag(cmd *cobra.Command, into *survey.Cycle) {
	flag := parsedFlag[survey.Cycle]{into, survey.ParseCycle}
	cmd.Flags().Var(flag, "cycle", "cycle reported on, for example 2022-23 (required)")
	Require(cmd, "cycle")
}

// ParsedFlag adds a flag whose text parse reads. An empty text leaves it unset.
func ParsedFlag[T ~string](cmd *cobra.Command, into *T, parse func(string) (T, error), name, usage string) {
	cmd.Flags().Var(parsedFlag[T]{into, func(text string) (T, error) {
		if text == "" {
			return "", nil
		}
		return parse(text)
	}}, name, usage)
}

// Why holds the flags that give the reason for a decision.
type Why struct {
	Reason, Words string
	codes         []survey.ReasonCode
}

// Flags adds --reason, which takes one of the codes, and --words.
func (w *Why) Flags(cmd *cobra.Command, codes []survey.ReasonCode, required bool) {
	w.codes = codes
	note := ""
	if required {
		note = " (required)"
	}
	cmd.Flags().StringVar(&w.Reason, "reason", "", "one of "+survey.List(codes)+note)
	cmd.Flags().StringVar(&w.Words, "words", "", "the reason in your own words, for this node's audit log only")
	if required {
		Require(cmd, "reason")
	}
}

// Body starts a request with the reason. An unknown code is wrong usage.
func (w *Why) Body(cmd *cobra.Command) (map[string]any, error) {
	if !slices.Contains(w.codes, survey.ReasonCode(w.Reason)) {
		return nil, Usage(cmd, "--reason %s: use one of %s", w.Reason, survey.List(w.codes))
	}
	return map[string]any{"reason": w.Reason, "words": w.Words}, nil
}
