package claims

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// namedCompanies returns the companies of the arguments, then those of the list if there is one.
func namedCompanies(cmd *cobra.Command, args []string, file string) ([]survey.Identifier, error) {
	ids, err := cli.ParseIDs(cmd, args)
	if err != nil || file == "" {
		return ids, err
	}
	more, err := readIdentifiers(file)
	return append(ids, more...), err
}

// readIdentifiers reads the first identifier of each row of a list. A row without a usable one
// refuses the whole list, so that no company is overlooked.
func readIdentifiers(path string) ([]survey.Identifier, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the list: %w", err)
	}
	defer f.Close()

	list, err := sheet.OpenCSV(f, sheet.Options{Name: path})
	if err != nil {
		return nil, cli.FileFault(err)
	}
	mapping, err := sheet.RecognizeIdentifiers(list.Header())
	if err != nil {
		return nil, cli.FileFault(fmt.Errorf("%s: row 1: %w", path, err))
	}

	var ids []survey.Identifier
	seen := map[survey.Identifier]bool{}
	for row, err := range list.Rows() {
		if err != nil {
			return nil, cli.FileFault(err)
		}
		found, problems := mapping.Identifiers(row)

		// Only refusals: a row with a warning still has its company.
		for _, p := range problems {
			if p.Severity == sheet.Refused {
				return nil, cli.FileFault(fmt.Errorf("%s: %s", path, p))
			}
		}
		if len(found) == 0 {
			return nil, cli.FileFault(fmt.Errorf("%s: row %d (line %d): no number: "+
				"a company cannot be claimed without one",
				path, row.Number, row.Line))
		}

		// A company that stands twice in a list is claimed once.
		if !seen[found[0]] {
			seen[found[0]] = true
			ids = append(ids, found[0])
		}
	}
	return ids, nil
}
