package totals

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// BenchmarkNationalBesidePostgres asks a node for the nation by region, and a
// PostgreSQL server for the sums over the answers themselves, measured inside
// it: nothing of the way to it counts. It needs psql and a database that it may
// use, named by PGHOST and the other variables of libpq.
func BenchmarkNationalBesidePostgres(b *testing.B) {
	if os.Getenv("PGHOST") == "" {
		b.Skip("PGHOST names no PostgreSQL server")
	}
	node, err := Open(Options{Region: "otv", Federation: federation, Key: keyOf("otv"), Records: &records{}, Registry: newRegistry(fifteen...), Claims: newRegistry(fifteen...), Revisions: newRegistry(fifteen...), Archive: newArchive(), Releases: newArchive(), Call: nobody})
	if err != nil {
		b.Fatal(err)
	}
	defer node.Close()
	for _, h := range all(b, 1) {
		node.merge(h)
	}
	for _, answers := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("answers=%d", answers), func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if _, err := node.National(b.Context(), survey.TotalsQuery{Cycle: cycle, By: survey.ByRegion}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			ours, theirs := took[len(took)/2], sumPostgres(b, answers)
			b.ReportMetric(float64(ours.Nanoseconds())/1e6, "p50-ms")
			b.ReportMetric(float64(theirs.Nanoseconds())/1e6, "postgres-p50-ms")
			b.ReportMetric(float64(theirs)/float64(ours), "times-faster")
		})
	}
}

// sumPostgres returns the median time of one GROUP BY over that many answers.
func sumPostgres(b *testing.B, answers int) time.Duration {
	script := fmt.Sprintf(`\set ON_ERROR_STOP 1
SET client_min_messages = warning;
CREATE TEMP TABLE answers AS SELECT n AS id, 'r' || n %% 15 AS region, 's' || n %% 12 AS sector,
  (n::bigint * 7919) %% 100000000 AS investment, n %% 23 AS jobs_created, n %% 7 AS jobs_safeguarded, n %% 3 AS partnerships
  FROM generate_series(1, %d) AS n;
ANALYZE answers;
CREATE TEMP TABLE took (us bigint);
DO $$
DECLARE began timestamptz;
BEGIN
  FOR pass IN 1..21 LOOP
    began := clock_timestamp();
    PERFORM region, count(*), sum(investment), sum(jobs_created), sum(jobs_safeguarded), sum(partnerships) FROM answers GROUP BY region;
    INSERT INTO took VALUES (extract(epoch FROM clock_timestamp() - began) * 1e6);
  END LOOP;
END $$;
SELECT us FROM took ORDER BY us OFFSET 10 LIMIT 1;
`, answers)
	psql := exec.Command("psql", "-qAtX")
	var out, problems bytes.Buffer
	psql.Stdin, psql.Stdout, psql.Stderr = strings.NewReader(script), &out, &problems
	if err := psql.Run(); err != nil {
		b.Fatalf("psql: %s: %s", err, problems.String())
	}
	us, err := strconv.ParseInt(strings.TrimSpace(out.String()), 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(us) * time.Microsecond
}
