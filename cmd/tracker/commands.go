package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/ahsn-network/tracker/cmd/tracker/bench"
	"github.com/ahsn-network/tracker/cmd/tracker/claims"
	"github.com/ahsn-network/tracker/cmd/tracker/cli"
	"github.com/ahsn-network/tracker/cmd/tracker/demo"
	"github.com/ahsn-network/tracker/cmd/tracker/figures"
	"github.com/ahsn-network/tracker/cmd/tracker/imports"
	"github.com/ahsn-network/tracker/cmd/tracker/records"
)

// commands lists every verb, one line each, in the order of the help.
func commands(c *cli.Invocation) []*cobra.Command {
	return slices.Concat([]*cobra.Command{
		demo.NewCommand(c),
		newInitCommand(c),
		newInviteCommand(c),
		newJoinCommand(c),
		newServeCommand(c),
		newStatusCommand(c),
		claims.NewOrgCommand(c),
		claims.NewCampaignCommand(c),
		claims.NewClaimCommand(c),
		claims.NewClaimsCommand(c),
		claims.NewClaimStatusCommand(c),
		claims.NewClaimHistoryCommand(c),
		claims.NewReceiptCommand(c),
		figures.NewVerifyCommand(c),
	}, claims.NewStepCommands(c), []*cobra.Command{
		records.NewResponseCommand(c),
		records.NewSurveyCommand(c),
		records.NewRecordCommand(c),
		imports.NewCommand(c),
		records.NewExportCommand(c),
		imports.NewWorkbookCommand(c),
		newCompactCommand(c),
		newBackupCommand(c),
		newRestoreCommand(c),
		figures.NewTotalsCommand(c),
		figures.NewCertifyCommand(c),
		figures.NewReconcileCommand(c),
		claims.NewInnovationCommand(c),
		figures.NewReportCommand(c),
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
	})
}
