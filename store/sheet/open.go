package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Open opens a workbook (XLSX) or CSV list. It goes by the content and not by the name. Errors are
// those of [OpenCSV] and [OpenXLSX]. Close the table before the file.
func Open(file io.ReaderAt, size int64, opts Options) (*Table, error) {
	start := make([]byte, 8)
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &Error{File: opts.Name, Err: fmt.Errorf("read the file: %w", err)}
	}

	switch start = start[:n]; {
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")),
		bytes.HasPrefix(start, compound):
		return OpenXLSX(file, size, opts)
	}
	return OpenCSV(io.NewSectionReader(file, 0, size), opts)
}
