package companieshouse

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ahsn-network/tracker/store/survey"
)

// The register gives at most ten previous names.
const previousNames = 10

// maxField bounds one cell in bytes: the register's longest cell is a name of 160 characters.
const maxField = 4096

// required are the columns that identify the file.
var required = []string{"companyname", "companynumber", "companystatus", "regaddress.postcode",
	"previousname_1.condate", "previousname_1.companyname"}

// source reads BasicCompanyData row by row. Several of its column names begin with a space, so
// names are compared trimmed and in lower case.
type source struct {
	csv    *csv.Reader
	column map[string]int
}

func newSource(r io.Reader) (*source, error) {
	c := csv.NewReader(r)
	c.ReuseRecord, c.FieldsPerRecord = true, 0
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the file is empty", survey.ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: read the header: %w", survey.ErrInvalid, err)
	}

	s := &source{csv: c, column: map[string]int{}}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if _, twice := s.column[name]; twice {
			return nil, fmt.Errorf("%w: two columns are called %q", survey.ErrInvalid, name)
		}
		s.column[name] = i
	}

	for _, name := range required {
		if _, ok := s.column[name]; !ok {
			return nil, fmt.Errorf("%w: there is no column %s: is this BasicCompanyData from Companies House?",
				survey.ErrInvalid, name)
		}
	}
	return s, nil
}

// next returns the next company, or io.EOF after the last. Errors name the line.
func (s *source) next() (Company, error) {
	row, err := s.csv.Read()
	if errors.Is(err, io.EOF) {
		return Company{}, io.EOF
	}
	if err != nil {
		return Company{}, fmt.Errorf("%w: %w", survey.ErrInvalid, err)
	}

	c, err := s.company(row)
	if err != nil {
		line, _ := s.csv.FieldPos(0)
		return Company{}, fmt.Errorf("%w: line %d: %w", survey.ErrInvalid, line, err)
	}
	return c, nil
}

func (s *source) company(row []string) (Company, error) {
	odd := func(f string) bool { return len(f) > maxField || !utf8.ValidString(f) }
	if i := slices.IndexFunc(row, odd); i >= 0 {
		return Company{}, fmt.Errorf("column %d is longer than %d bytes or not UTF-8", i+1, maxField)
	}

	// Columns beyond the required ones may be missing.
	field := func(name string) string {
		if i, ok := s.column[name]; ok {
			return strings.TrimSpace(row[i])
		}
		return ""
	}

	id, err := survey.ParseIdentifier("GB-COH:" + field("companynumber"))
	if err != nil {
		return Company{}, fmt.Errorf("the company number: %w", err)
	}

	c := Company{ID: id, Name: survey.CleanName(field("companyname")), Category: field("companycategory"),
		StatusText: field("companystatus"), Postcode: district(field("regaddress.postcode"))}
	if c.Name == "" {
		return Company{}, fmt.Errorf("%s has no name", id)
	}

	if c.Incorporated, err = day(field("incorporationdate")); err != nil {
		return Company{}, fmt.Errorf("IncorporationDate: %w", err)
	}
	if c.Dissolved, err = day(field("dissolutiondate")); err != nil {
		return Company{}, fmt.Errorf("DissolutionDate: %w", err)
	}
	c.Status = status(c.StatusText, c.Dissolved)

	// Names may leave gaps among the ten columns.
	for n := 1; n <= previousNames; n++ {
		column := "previousname_" + strconv.Itoa(n)
		name := survey.CleanName(field(column + ".companyname"))
		if name == "" {
			continue
		}

		until, err := day(field(column + ".condate"))
		if err != nil {
			return Company{}, fmt.Errorf("PreviousName_%d.CONDATE: %w", n, err)
		}
		c.PreviousNames = append(c.PreviousNames, survey.NameSince{Name: name, AsOf: until})
	}
	return c, nil
}

// day turns 31/03/2020 into 2020-03-31.
func day(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	at, err := time.Parse("02/01/2006", text)
	if err != nil {
		return "", fmt.Errorf("%q is not a date such as 31/03/2020", text)
	}
	return at.Format(time.DateOnly), nil
}

// district returns the first half of a postcode, or "" if the text is no postcode.
func district(postcode string) string {
	p := strings.ToUpper(strings.ReplaceAll(postcode, " ", ""))
	odd := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }
	if len(p) < 5 || len(p) > 7 || strings.ContainsFunc(p, odd) {
		return ""
	}
	return p[:len(p)-3]
}
