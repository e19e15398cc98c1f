package main

import "github.com/spf13/cobra"

// commands lists every verb, one line each, in the order of the help.
func commands(c *cli) []*cobra.Command {
	return []*cobra.Command{
		newDemoCommand(c),
		newServeCommand(c),
		newBenchCommand(c),
		newStatusCommand(c),
		newOrgCommand(c),
		newCampaignCommand(c),
		newClaimCommand(c),
		newClaimsCommand(c),
		newClaimStatusCommand(c),
		newStepCommand(c, contactStep),
		newStepCommand(c, declineStep),
		newStepCommand(c, unreachableStep),
		newStepCommand(c, ineligibleStep),
		newStepCommand(c, releaseStep),
		newStepCommand(c, reopenStep),
		newStepCommand(c, requestStep),
		newStepCommand(c, offerStep),
		newStepCommand(c, acceptStep),
		newStepCommand(c, refuseStep),
		newStepCommand(c, withdrawStep),
		newResponseCommand(c),
		newImportCommand(c),
		newTotalsCommand(c),
		newUserCommand(c),
		newCheckCommand(c),
		newConfigCommand(c),
		newVersionCommand(c),
	}
}
