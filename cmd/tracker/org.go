package main

import (
	"github.com/spf13/cobra"
)

func newOrgCommand(c *cli) *cobra.Command {
	return group("org", "Find, add and merge organisations", newOrgSearch(c), newOrgShow(c), newOrgList(c), newOrgAdd(c), newOrgUpdate(c),
		newOrgMerge(c), newOrgSplit(c), newOrgHistory(c), newOrgDuplicates(c), newOrgLift(c), newOrgRegistered(c), newOrgRefresh(c))
}
