// Package records has the verbs of what a region keeps itself: records, answers,
// links for companies, and exports.
package records

import (
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/store/survey"
)

// NewRecordCommand keeps the region's own records.
func NewRecordCommand(c *cli.Invocation) *cobra.Command {
	cmd := cli.Group("record", "Keep this region's own records: contacts, engagements, interactions and more",
		newRecordAdd(c), newRecordChange(c), newRecordList(c), newRecordSearch(c), newRecordAreas(c), newRecordShow(c), newRecordHistory(c),
		newRecordDelete(c), newRecordRestore(c), newRecordErase(c), newRecordFields(c), newRecordReassign(c), newRecordRetention(c))
	cmd.Long = `Keep this region's own records. They stay at this region's node; what counts of
them enters its figures at once.

The kinds: ` + cli.Join(survey.RecordKinds()) + `.
"tracker record fields KIND" lists the fields of a kind. A field of the region's
own begins with its code, as in otv.lep=Oxfordshire.`
	return cmd
}

func parseKind(cmd *cobra.Command, text string) (survey.RecordType, error) {
	kind, err := survey.RecordTypeOf(survey.RecordKind(strings.ToLower(text)))
	if err != nil {
		return kind, cli.Usage(cmd, "%q is no kind of record: use one of %s", text, cli.Join(survey.RecordKinds()))
	}
	return kind, nil
}

func recordPath(kind survey.RecordType, id string) string {
	return "/" + string(kind.Kind) + "/" + url.PathEscape(id)
}
