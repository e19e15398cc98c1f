package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits of one workbook, besides those of every list.
const (
	MaxUnpacked      = 200 << 20 // bytes of all parts, unpacked
	MaxRatio         = 100       // unpacked to packed, for parts that are large
	MaxEntries       = 1_000
	MaxSharedStrings = 2_000_000
	MaxSharedBytes   = 64 << 20
	maxMerged        = 10_000
	ratioFrom        = 1 << 20 // unpacked bytes from which the ratio tells anything
)

// compound is how old Excel workbooks and encrypted ones begin.
var compound = []byte("\xd0\xcf\x11\xe0")

// encryptedPart is the name of the part that holds an encrypted workbook, as it stands in the file.
var encryptedPart = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

// OpenXLSX opens the first visible sheet of a workbook, or the one that opts names. Cells are text:
// numbers with all their digits and without a format, dates as 2020-03-31 in whatever calendar the
// workbook counts, the last value of a formula. A row is refused if a value would be missing
// unnoticed: a formula without a value, or an inner cell of merged ones. Nothing is calculated, run
// or fetched. Errors are *Error.
func OpenXLSX(file io.ReaderAt, size int64, opts Options) (*Table, error) {
	opts = opts.withDefaults()
	fail := func(err error) error {
		var placed *Error
		if errors.As(err, &placed) {
			return err
		}
		return &Error{File: opts.Name, Err: err}
	}

	if size > opts.MaxBytes {
		return nil, fail(fmt.Errorf("%w: a file may have %d bytes", ErrLimit, opts.MaxBytes))
	}

	parts, err := openParts(file, size)
	if err != nil {
		return nil, fail(err)
	}
	book, err := parts.workbook(opts.Sheet)
	if err != nil {
		return nil, fail(err)
	}

	rows, err := parts.rows(book, opts.Name)
	if err != nil {
		return nil, fail(err)
	}

	t := &Table{maxRows: opts.MaxRows, name: opts.Name, notes: book.notes, read: rows, close: rows.close}
	if err := t.readHeader(); err != nil {
		_ = rows.close()
		return nil, err
	}
	rows.columns = len(t.header)
	return t, nil
}

// parts are the files inside a workbook, by their names.
type parts map[string]*zip.File

// openParts checks the whole archive before anything is unpacked.
func openParts(file io.ReaderAt, size int64) (parts, error) {
	// Encrypted workbooks are called .xlsx too, and so are many old ones.
	start := make([]byte, len(compound))
	if _, err := file.ReadAt(start, 0); err == nil && bytes.Equal(start, compound) {
		return nil, oldWorkbook(file, size)
	}

	archive, err := openArchive(file, size)
	if err != nil {
		return nil, err
	}

	all, unpacked := parts{}, uint64(0)
	for _, f := range archive.File {
		if unsafeName(f.Name) {
			return nil, errors.New("the workbook holds a part whose name leads out of it: it was not made by a spreadsheet")
		}
		if f.Flags&1 != 0 {
			return nil, errors.New("the workbook is encrypted: save it without a password")
		}

		// A small file could unpack to more than the memory holds.
		unpacked += f.UncompressedSize64
		if f.UncompressedSize64 > MaxUnpacked || unpacked > MaxUnpacked {
			return nil, fmt.Errorf("%w: a workbook may have %d bytes unpacked", ErrLimit, MaxUnpacked)
		}
		if f.UncompressedSize64 > ratioFrom && f.UncompressedSize64/MaxRatio > f.CompressedSize64 {
			return nil, fmt.Errorf("%w: a part of the workbook unpacks to more than %d times its size", ErrLimit, MaxRatio)
		}

		all[strings.ToLower(f.Name)] = f
	}

	if all["xl/workbook.xml"] == nil {
		if all["content.xml"] != nil {
			return nil, errors.New("this is an OpenDocument sheet: save it as Excel workbook (.xlsx) or CSV")
		}
		return nil, errors.New("this is a zip file, but no Excel workbook")
	}
	return all, nil
}

func unsafeName(name string) bool {
	clean := path.Clean(name)
	return strings.HasPrefix(name, "/") || strings.ContainsAny(name, "\\:\x00") ||
		clean != strings.TrimSuffix(name, "/") || strings.HasPrefix(clean, "..")
}

// oldWorkbook tells an encrypted workbook from one of the old format.
func oldWorkbook(file io.ReaderAt, size int64) error {
	text, err := io.ReadAll(io.NewSectionReader(file, 0, min(size, 8<<20)))
	if err == nil && bytes.Contains(text, encryptedPart) {
		return errors.New("the workbook is encrypted: save it without a password")
	}
	return errors.New("this is a workbook of the old format (.xls), whatever its name says: save it as .xlsx or CSV")
}

// decode calls do with every element and text of a part. It refuses a document type, which no
// spreadsheet writes, because entities are declared there.
func (p parts) decode(name string, do func(xml.Token) error) error {
	f := p[strings.ToLower(name)]
	if f == nil {
		return fmt.Errorf("the workbook has no part %s: it is damaged", quote(name))
	}

	stream, err := f.Open()
	if err != nil {
		return fmt.Errorf("unpack %s: %w", name, err)
	}
	defer stream.Close()

	tokens := newXMLStream(stream)
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damagedPart(name, err)
		}

		if _, doctype := token.(xml.Directive); doctype {
			return fmt.Errorf("%s declares a document type: it was not made by a spreadsheet", name)
		}
		if err := do(token); err != nil {
			return err
		}
	}
}

func damagedPart(name string, err error) error {
	if errors.Is(err, ErrLimit) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return fmt.Errorf("%s is damaged or cut off (%w): open the workbook in Excel and save it again", name, err)
}

// book is the part of a workbook that is needed to read one sheet.
type book struct {
	sheet    string // the part
	date1904 bool
	notes    []string
	shared   []string
	dates    []bool // by style
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func truth(text string) bool { return text == "1" || text == "true" }

// workbook chooses the sheet and reads the parts that its cells refer to.
func (p parts) workbook(wanted string) (*book, error) {
	b := &book{}
	chosen, others, hidden := "", []string{}, []string{}
	var id string

	err := p.decode("xl/workbook.xml", func(token xml.Token) error {
		e, ok := token.(xml.StartElement)
		if !ok {
			return nil
		}
		switch e.Name.Local {
		case "workbookPr":
			b.date1904 = truth(attribute(e, "date1904"))
		case "sheet":
			if len(others)+len(hidden) == MaxEntries {
				return fmt.Errorf("%w: a workbook may have %d sheets", ErrLimit, MaxEntries)
			}

			name, state := attribute(e, "name"), attribute(e, "state")
			switch visible := state == "" || state == "visible"; {
			case wanted != "" && strings.EqualFold(name, wanted), wanted == "" && visible && chosen == "":
				chosen = name
				id = relationship(e)
			case visible:
				others = append(others, name)
			default:
				hidden = append(hidden, name)
			}
		}
		return nil
	})

	if err != nil {
		return nil, err
	}

	if chosen == "" {
		return nil, fmt.Errorf("the workbook has no sheet to read (there are %s)", quoteAll(append(others, hidden...)))
	}
	if len(others) > 0 {
		b.notes = append(b.notes, fmt.Sprintf("only the sheet %s is read, not %s", quote(chosen), quoteAll(others)))
	}
	if len(hidden) > 0 {
		b.notes = append(b.notes, "hidden sheets are not read: "+quoteAll(hidden))
	}

	if b.sheet, err = p.target(id); err != nil {
		return nil, err
	}
	if err := p.readShared(b); err != nil {
		return nil, err
	}
	return b, p.readStyles(b)
}

// relationship returns the r:id of a sheet, whatever its prefix.
func relationship(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

// target finds the part that a relationship of the workbook names. External targets are no parts of
// it.
func (p parts) target(id string) (string, error) {
	found := ""
	err := p.decode("xl/_rels/workbook.xml.rels", func(token xml.Token) error {
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "Relationship" || attribute(e, "Id") != id {
			return nil
		}
		if attribute(e, "TargetMode") != "External" {
			found = attribute(e, "Target")
		}
		return nil
	})
	if err != nil {
		return "", err
	}

	if strings.HasPrefix(found, "/") {
		found = strings.TrimPrefix(found, "/")
	} else {
		found = path.Join("xl", found)
	}

	if p[strings.ToLower(found)] == nil {
		return "", errors.New("the sheet's part is not in the workbook: it is damaged")
	}
	return found, nil
}

// readShared reads the texts that cells refer to by number.
func (p parts) readShared(b *book) error {
	const name = "xl/sharedStrings.xml"
	if p[strings.ToLower(name)] == nil {
		return nil
	}

	var text strings.Builder
	total, inText, phonetic := 0, false, 0
	return p.decode(name, func(token xml.Token) error {
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "si":
				text.Reset()

			// Phonetic readings of East Asian texts do not belong to the cell's text.
			case "rPh":
				phonetic++
			case "t":
				inText = phonetic == 0
			}
		case xml.CharData:
			if inText {
				text.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "rPh":
				phonetic--
			case "si":
				total += text.Len()
				if len(b.shared) == MaxSharedStrings || total > MaxSharedBytes || text.Len() > MaxCellBytes {
					return fmt.Errorf("%w: a workbook may have %d different texts of %d bytes together, one text %d",
						ErrLimit, MaxSharedStrings, MaxSharedBytes, MaxCellBytes)
				}
				b.shared = append(b.shared, text.String())
			}
		}
		return nil
	})
}
