package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/store/survey"
)

// verb returns a command's name without the program's. It begins every message.
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

// Exactly returns a check for one argument of each name.
func Exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s: %s is missing", verb(cmd), names[len(args)])
		case len(args) > len(names):
			return fmt.Errorf("%s: %q is one argument too many: put text with spaces in quotes", verb(cmd),
				args[len(names)])
		}
		return nil
	}
}

// ParseCycle reads a cycle. Any other text is wrong usage.
func ParseCycle(cmd *cobra.Command, text string) (survey.Cycle, error) {
	return argument(cmd, text, survey.ParseCycle)
}

// ParseRegion reads a region's code. Any other text is wrong usage.
func ParseRegion(cmd *cobra.Command, text string) (survey.Region, error) {
	return argument(cmd, text, survey.ParseRegion)
}

// ParseID reads an identifier as Identifier does. Any other text is wrong usage.
func ParseID(cmd *cobra.Command, text string) (survey.Identifier, error) {
	return argument(cmd, text, Identifier)
}

func argument[T ~string](cmd *cobra.Command, text string, parse func(string) (T, error)) (T, error) {
	value, err := parse(text)
	if err != nil {
		return "", Usage(cmd, "%s", survey.Detail(err))
	}
	return value, nil
}

// Identifier reads an identifier. A number without a scheme is a Companies House
// number.
func Identifier(text string) (survey.Identifier, error) {
	if !strings.Contains(text, ":") {
		return survey.ParseCompanyNumber(text)
	}
	return survey.ParseIdentifier(text)
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
