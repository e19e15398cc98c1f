// Package companieshouse keeps a copy of the Companies House register on one node, to look
// companies up by number: their name, status, previous names and postcode district. It is optional,
// local and never replicated.
//
// The source is the free company data product (BasicCompanyData, monthly, live companies only):
// https://download.companieshouse.gov.uk/en_output.html. [Build] makes the look-up file from it,
// [Open] reads it. The file holds the companies in the order of the source, then an index by
// number, then a foot with counts and a checksum of the index, so that a look-up needs only a few
// reads and no memory.
//
// Imports store/survey.
package companieshouse
