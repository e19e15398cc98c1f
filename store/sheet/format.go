package sheet

// Format is how a list is written.
type Format string

const (
	CSV    Format = "csv"     // UTF-8
	CSVBOM Format = "csv-bom" // UTF-8 with the mark that Excel needs to see it
	XLSX   Format = "xlsx"
)
