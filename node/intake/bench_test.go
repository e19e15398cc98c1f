package intake_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/node/intake"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// many is a registry of twenty thousand companies.
type many struct{ registry }

func (many) Organisation(id survey.Identifier) (survey.Organisation, error) {
	return survey.Organisation{ID: id, Name: "Company " + id.ID() + " Ltd", Sector: survey.SectorDigital, SizeBand: survey.SizeSmall}, nil
}

// BenchmarkImportList takes one list of 100,000 rows in, from the upload to the
// disk. Run by itself, with one round, its peak of memory is the process's.
func BenchmarkImportList(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("CRN,Date,Channel,Two-way,Minutes,Innovation,Notes\n")
	for i := range rows {
		fmt.Fprintf(&text, "%08d,2022-06-01,call,yes,%d,Pump %d,\"asked about it, twice\"\n", 99000000+i%20_000, i%90, i)
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		dir := b.TempDir()
		s, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: us})
		if err != nil {
			b.Fatal(err)
		}
		d, err := intake.Open(intake.Options{Dir: filepath.Join(dir, "imports"), Region: us, Records: s, Registry: many{}})
		if err != nil {
			b.Fatal(err)
		}
		im, err := d.Plan(context.Background(), list("interactions", "a"), strings.NewReader(text.String()))
		if err != nil {
			b.Fatal(err)
		}
		if im, err = d.Commit(context.Background(), im.ID, 7, now); err != nil || im.Added != rows {
			b.Fatal(im, err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
