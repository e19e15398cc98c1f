package main

import (
	"github.com/ahsn-network/tracker/cmd/tracker/bench"
	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/cmd/tracker/imports"
	"github.com/spf13/cobra"
)

// commands lists every verb, one line each, in the order of the help.
func commands(c *cli.Invocation) []*cobra.Command {
	return []*cobra.Command{
		demo.NewCommand(c),
		newInitCommand(c),
		newInviteCommand(c),
		newJoinCommand(c),
		newServeCommand(c),
		newStatusCommand(c),
		newOrgCommand(c),
		newCampaignCommand(c),
		newClaimCommand(c),
		newClaimsCommand(c),
		newClaimStatusCommand(c),
		newClaimHistoryCommand(c),
		newReceiptCommand(c),
		newVerifyCommand(c),
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
		newSurveyCommand(c),
		newRecordCommand(c),
		imports.NewCommand(c),
		newExportCommand(c),
		imports.NewWorkbookCommand(c),
		newCompactCommand(c),
		newBackupCommand(c),
		newRestoreCommand(c),
		newTotalsCommand(c),
		newCertifyCommand(c),
		newReconcileCommand(c),
		newInnovationCommand(c),
		newReportCommand(c),
		newRegionCommand(c),
		newEndorseCommand(c),
		newNodeCommand(c),
		newRecoverCommand(c),
		newRejoinCommand(c),
		newUserCommand(c),
		newCheckCommand(c),
		newAuditCommand(c),
		newDoctorCommand(c),
		bench.NewCommand(c, imports.Organisations),
		newConfigCommand(c),
		newVersionCommand(c),
	}
}
