package search

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var realLists = flag.String("real-lists", "", "directory with uk-employers-2019-20.csv and uk-employers-2021-22.csv, for BenchmarkSearchBesidePostgres")

// BenchmarkSearchBesidePostgres asks the same names, typed with one error or
// two, of the registry's search and of a trigram index (pg_trgm, GIN) in
// PostgreSQL, measured inside the server: nothing of the way to it counts. It
// needs psql and a database that it may use, named by PGHOST and the other
// variables of libpq; -args -lists DIR adds the names of the real lists.
func BenchmarkSearchBesidePostgres(b *testing.B) {
	if os.Getenv("PGHOST") == "" {
		b.Skip("PGHOST names no PostgreSQL server")
	}
	names := slices.Concat(realNames(b), companyNames(100_000, 7))
	r := searchable(b, names)
	r.search("warm up", 1)
	for _, errors := range []int{1, 2} {
		b.Run(fmt.Sprintf("errors=%d", errors), func(b *testing.B) {
			random := rand.New(rand.NewPCG(5, uint64(errors)))
			var asked []int
			var texts []string
			for range 500 {
				i := random.IntN(len(names))
				text := names[i]
				for range errors {
					text = mistype(random, text)
				}
				asked, texts = append(asked, i), append(texts, text)
			}
			took := make([]time.Duration, len(asked))
			right := 0
			for b.Loop() {
				right = 0
				for k, i := range asked {
					began := time.Now()
					matches := r.search(texts[k], 10)
					took[k] = time.Since(began)
					if foundAs(matches, i) {
						right++
					}
				}
			}
			slices.Sort(took)
			theirs, found := searchPostgres(b, names, asked, texts)
			b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
			b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
			b.ReportMetric(float64(right)/float64(len(asked)), "recall@10")
			b.ReportMetric(ms(theirs[len(theirs)/2]), "postgres-p50-ms")
			b.ReportMetric(ms(theirs[len(theirs)*99/100]), "postgres-p99-ms")
			b.ReportMetric(float64(found)/float64(len(asked)), "postgres-recall@10")
			b.ReportMetric(float64(sum(theirs))/float64(sum(took)), "times-faster")
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func sum(durations []time.Duration) (total time.Duration) {
	for _, d := range durations {
		total += d
	}
	return total
}

// realNames returns the companies' names in the real lists, none without them.
func realNames(b *testing.B) []string {
	if *realLists == "" {
		return nil
	}
	var names []string
	for _, file := range []string{"uk-employers-2019-20.csv", "uk-employers-2021-22.csv"} {
		f, err := os.Open(filepath.Join(*realLists, file))
		if err != nil {
			b.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		if err != nil {
			b.Fatal(err)
		}
		for _, row := range rows[1:] {
			names = append(names, strings.ToUpper(row[0]))
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return len(name) < 8 })
}

// searchPostgres returns how long each search took in the server, in order of
// length, and how often the company was among the ten nearest.
func searchPostgres(b *testing.B, names []string, asked []int, texts []string) (took []time.Duration, found int) {
	var script strings.Builder
	copied := strings.NewReplacer(`\`, `\\`, "\t", " ", "\n", " ")
	script.WriteString("\\set ON_ERROR_STOP 1\nSET client_min_messages = warning;\nCREATE EXTENSION IF NOT EXISTS pg_trgm;\n" +
		"CREATE TEMP TABLE names (id int, name text);\nCOPY names FROM stdin;\n")
	for i, name := range names {
		fmt.Fprintf(&script, "%d\t%s\n", i, copied.Replace(name))
	}
	script.WriteString("\\.\nCREATE INDEX ON names USING gin (name gin_trgm_ops);\nANALYZE names;\n" +
		"CREATE TEMP TABLE asked (id int, text text);\nCOPY asked FROM stdin;\n")
	for k, i := range asked {
		fmt.Fprintf(&script, "%d\t%s\n", i, copied.Replace(texts[k]))
	}
	script.WriteString(`\.
CREATE TEMP TABLE took (us bigint, found bool);
DO $$
DECLARE a record; began timestamptz; ids int[];
BEGIN
  FOR pass IN 1..2 LOOP
    DELETE FROM took; -- the first pass warms
    FOR a IN SELECT * FROM asked LOOP
      began := clock_timestamp();
      ids := ARRAY(SELECT id FROM names WHERE name % a.text ORDER BY similarity(name, a.text) DESC LIMIT 10);
      INSERT INTO took VALUES (extract(epoch FROM clock_timestamp() - began) * 1e6, a.id = ANY (ids));
    END LOOP;
  END LOOP;
END $$;
\copy (SELECT us, found::int FROM took ORDER BY us) TO STDOUT CSV
`)
	psql := exec.Command("psql", "-qAtX")
	var out, problems bytes.Buffer
	psql.Stdin, psql.Stdout, psql.Stderr = strings.NewReader(script.String()), &out, &problems
	if err := psql.Run(); err != nil {
		b.Fatalf("psql: %s: %s", err, problems.String())
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != len(asked) {
		b.Fatalf("%d rows of %d from psql: %v", len(rows), len(asked), err)
	}
	for _, row := range rows {
		us, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Duration(us)*time.Microsecond)
		if row[1] == "1" {
			found++
		}
	}
	return took, found
}
