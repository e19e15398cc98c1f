package intake_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// A person's own list comes back with three more columns, and a second time with the same columns
// brought up to date.
func TestAListIsGivenBackFilledIn(t *testing.T) {
	d, _, dir := opened(t)
	text := "Our ref;CRN;Organisation\n1;99000004;\n2;;COMPANY 2 LIMITED\n3;99000009;\n4;;\n'=1+1;99000001;\n"
	want := "Our ref,CRN,Organisation,Held by,State,Last surveyed\n" +
		"1,99000004,,Health Innovation Wessex,claimed,\n" +
		"2,,COMPANY 2 LIMITED,,free,2022-06-01\n" +
		"3,99000009,,,not found: GB-COH:99000009 is not registered: import it as an organisation first,\n" +
		"4,,,,not found: the row does not say which organisation it is about,\n" +
		"'=1+1,99000001,,,free,\n"
	for _, given := range []string{text, want} {
		var back bytes.Buffer
		if err := d.Filled(context.Background(), list("", "a.csv"), strings.NewReader(given), sheet.CSV, &back); err != nil || back.String() != want {
			t.Errorf("%v\n%s", err, back.String())
		}
	}
	var book bytes.Buffer
	if err := d.Filled(context.Background(), list("", "a.csv"), strings.NewReader(text), sheet.XLSX, &book); err != nil {
		t.Fatal(err)
	}
	if header, rows := table(t, book.Bytes()); header[3] != "Held by" || rows[4][0] != "=1+1" || rows[1][5] != "2022-06-01" {
		t.Errorf("%q %q", header, rows)
	}
	err := d.Filled(context.Background(), list("", "b.csv"), strings.NewReader("a,b\n1,2\n"), sheet.CSV, &book)
	if !errors.Is(err, survey.ErrInvalid) {
		t.Errorf("a list of nothing: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
}
