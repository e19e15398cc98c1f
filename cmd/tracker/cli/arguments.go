package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

// verb is a command's name without the program's, which begins every message.
func verb(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// NoArguments refuses arguments.
func NoArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no arguments, but %q was given", verb(cmd), args[0])
	}
	return nil
}

// Exactly asks for one argument of each name.
func Exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s: %s is missing", verb(cmd), names[len(args)])
		case len(args) > len(names):
			return fmt.Errorf("%s: %q is one argument too many: put text with spaces in quotes", verb(cmd), args[len(names)])
		}
		return nil
	}
}

// parseID reads an identifier; a bare company number is one of Companies
// House.
func parseID(text string) (survey.Identifier, error) {
	if !strings.Contains(text, ":") {
		return survey.ParseCompanyNumber(text)
	}
	return survey.ParseIdentifier(text)
}

// Require marks a flag that the command has as required.
func Require(cmd *cobra.Command, flag string) {
	if err := cmd.MarkFlagRequired(flag); err != nil {
		panic(err) // only if there is no such flag
	}
}

// CycleFlag adds the required --cycle.
func CycleFlag(cmd *cobra.Command, value *string) {
	cmd.Flags().StringVar(value, "cycle", "", "the cycle reported on, for example 2022-23 (required)")
	Require(cmd, "cycle")
}

// ParseCycle reads a cycle; another text is wrong usage.
func ParseCycle(cmd *cobra.Command, text string) (survey.Cycle, error) {
	cycle, err := survey.ParseCycle(text)
	if err != nil {
		return "", Usage(cmd, "%s", Plain(err))
	}
	return cycle, nil
}

// ParseRegion reads a region's code; another text is wrong usage.
func ParseRegion(cmd *cobra.Command, text string) (survey.Region, error) {
	region, err := survey.ParseRegion(text)
	if err != nil {
		return "", Usage(cmd, "%s", Plain(err))
	}
	return region, nil
}

// ParseID reads an identifier; a bare company number is one of Companies House.
// Another text is wrong usage.
func ParseID(cmd *cobra.Command, text string) (survey.Identifier, error) {
	id, err := parseID(text)
	if err != nil {
		return "", Usage(cmd, "%s", Plain(err))
	}
	return id, nil
}

// Plain drops the sentinel's word from the front of a message.
func Plain(err error) string {
	return strings.TrimPrefix(err.Error(), survey.ErrInvalid.Error()+": ")
}

// ParseIDs reads identifiers, all or none.
func ParseIDs(cmd *cobra.Command, texts []string) ([]survey.Identifier, error) {
	var ids []survey.Identifier
	for _, text := range texts {
		id, err := ParseID(cmd, text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// ParseCycleAndID reads a cycle and a company in it.
func ParseCycleAndID(cmd *cobra.Command, cycleText, idText string) (survey.Cycle, survey.Identifier, error) {
	cycle, err := ParseCycle(cmd, cycleText)
	if err != nil {
		return "", "", err
	}
	id, err := ParseID(cmd, idText)
	return cycle, id, err
}
