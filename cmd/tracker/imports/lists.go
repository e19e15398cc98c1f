package imports

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// newImportLists are the lists of this region's own records.
func newImportLists(c *cli.Invocation) []*cobra.Command {
	cmds := []*cobra.Command{newImportList(c, survey.ImportResponses, "Import companies' answers (our template, LimeSurvey, Microsoft Forms)")}
	for _, kind := range survey.RecordKinds() {
		if of, err := survey.RecordTypeOf(kind); err == nil {
			cmds = append(cmds, newImportList(c, string(kind), "Import a list: "+of.Label))
		}
	}
	return append(cmds, newImportHistory(c), newImportUndo(c))
}
