package imports

import (
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

func newImportSummary(file string, dryRun bool) Summary {
	return Summary{File: file, DryRun: dryRun,
		Problems: []rowProblem{}, Differences: []Difference{}, Unused: []string{}} // lists in JSON, even when empty
}

// Summary is the result of an import, and its JSON. Every row of the file is in exactly one of the
// counts.
type Summary struct {
	File       string       `json:"file"`
	DryRun     bool         `json:"dry_run"`
	Rows       int          `json:"rows"`
	Added      int          `json:"added"`
	Updated    int          `json:"updated"`
	Known      int          `json:"known"`
	Repeated   int          `json:"repeated"`
	Duplicates int          `json:"possible_duplicates"`
	Refused    int          `json:"refused"`
	Merged     int          `json:"merged"`
	Supported  int          `json:"supported"`
	Warnings   int          `json:"warnings"`
	Problems   []rowProblem `json:"problems"`
	// Differences are facts that the rows state differently from the registry.
	Differences []Difference `json:"differences"`
	// Unused are the columns that were not read.
	Unused []string `json:"unused_columns"`
}

// maxProblems bounds the number of problems that the summary keeps. The counts include all of them.
const maxProblems = 10_000

// rowProblem is a problem of one row. Candidates are the organisations that it may be a duplicate
// of.
type rowProblem struct {
	sheet.Problem
	Candidates []survey.Identifier `json:"candidates,omitempty"`
}
