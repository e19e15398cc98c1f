// Package sheet reads the lists that people keep in spreadsheets, and writes lists that
// spreadsheets open safely.
//
// Start from [Open], which tells a workbook from CSV and returns rows with their numbers, and
// [RecognizeOrganisations], which finds the columns of a list of organisations. Rows are read one
// by one, so memory is bounded by one row, whatever the length of the file.
//
// Imports store/survey.
package sheet
