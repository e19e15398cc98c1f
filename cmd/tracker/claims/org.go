package claims

import (
	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/cli"
)

// NewOrgCommand finds, adds and merges organisations.
func NewOrgCommand(c *cli.Invocation) *cobra.Command {
	return cli.Group("org", "Find, add and merge organisations", newOrgSearch(c), newOrgShow(c), newOrgList(c), newOrgAdd(c), newOrgUpdate(c),
		newOrgMerge(c), newOrgSplit(c), newOrgHistory(c), newOrgDuplicates(c), newOrgLift(c), newOrgRegistered(c), newOrgRefresh(c))
}
