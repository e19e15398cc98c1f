package disclosure_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/ahsn-network/tracker/federation/disclosure"
	"github.com/ahsn-network/tracker/store/survey"
)

func TestOneHiddenCellBesideATotalIsComputed(t *testing.T) {
	table := disclosure.NewTable(3, 1)
	table.Cells[0][0], table.Cells[1][0] = disclosure.Exactly(100), disclosure.Exactly(50)
	table.Columns[0] = disclosure.Exactly(256)
	bounds, err := table.Bounds()
	if err != nil || bounds[2][0] != disclosure.Exactly(106) {
		t.Errorf("%v, %v", bounds, err)
	}
	table.Cells[1][0] = disclosure.Hidden()
	if bounds, err = table.Bounds(); err != nil || bounds[2][0] != (disclosure.Interval{Low: 0, High: 156}) {
		t.Errorf("%v, %v", bounds, err)
	}
	table.Rows[1] = disclosure.Rounded(50, 20) // said earlier, rounded
	if bounds, err = table.Bounds(); err != nil || bounds[2][0] != (disclosure.Interval{Low: 96, High: 116}) {
		t.Errorf("%v, %v", bounds, err)
	}
	table.Rows[1] = disclosure.Exactly(300)
	if _, err = table.Bounds(); !errors.Is(err, disclosure.ErrContradiction) {
		t.Errorf("more than the total: %v", err)
	}
}

// The intervals are exactly those of all tables that agree with what is
// public, tried one by one.
func TestBoundsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const size, top = 2, 3
		columns := rapid.IntRange(2, 3).Draw(t, "columns")
		cell := rapid.Int64Range(0, top)
		truth := make([][]int64, size)
		table := disclosure.NewTable(size, columns)
		total := int64(0)
		around := func(v int64) disclosure.Interval {
			switch rapid.IntRange(0, 3).Draw(t, "public") {
			case 0:
				return disclosure.Interval{Low: max(0, v-1), High: v + 1}
			case 1:
				return disclosure.Interval{Low: 0, High: 18}
			}
			return disclosure.Exactly(v)
		}
		sums := make([]int64, columns)
		for i := range truth {
			row := int64(0)
			for k := range columns {
				v := cell.Draw(t, "cell")
				truth[i] = append(truth[i], v)
				row, total, sums[k] = row+v, total+v, sums[k]+v
				table.Cells[i][k] = disclosure.Interval{Low: 0, High: top}
				if rapid.IntRange(0, 2).Draw(t, "shown") == 0 {
					table.Cells[i][k] = disclosure.Exactly(v)
				}
			}
			table.Rows[i] = around(row)
		}
		for k := range columns {
			table.Columns[k] = around(sums[k])
		}
		table.Total = around(total)
		got, err := table.Bounds()
		if err != nil {
			t.Fatal(err)
		}
		if want := tryAll(table, top); !equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}

func equal(a, b [][]disclosure.Interval) bool {
	for i := range a {
		for k := range a[i] {
			if a[i][k] != b[i][k] {
				return false
			}
		}
	}
	return true
}

// tryAll enumerates all tables.
func tryAll(t disclosure.Table, top int64) [][]disclosure.Interval {
	rows, columns := len(t.Rows), len(t.Columns)
	out := make([][]disclosure.Interval, rows)
	for i := range out {
		out[i] = make([]disclosure.Interval, columns)
		for k := range out[i] {
			out[i][k] = disclosure.Interval{Low: disclosure.Unbounded, High: -1}
		}
	}
	cells := make([]int64, rows*columns)
	in := func(v int64, i disclosure.Interval) bool { return v >= i.Low && v <= i.High }
	var try func(at int)
	try = func(at int) {
		if at < len(cells) {
			i := t.Cells[at/columns][at%columns]
			for v := i.Low; v <= min(i.High, top); v++ {
				cells[at] = v
				try(at + 1)
			}
			return
		}
		total := int64(0)
		for i := range rows {
			sum := int64(0)
			for k := range columns {
				sum += cells[i*columns+k]
			}
			total += sum
			if !in(sum, t.Rows[i]) {
				return
			}
		}
		for k := range columns {
			sum := int64(0)
			for i := range rows {
				sum += cells[i*columns+k]
			}
			if !in(sum, t.Columns[k]) {
				return
			}
		}
		if !in(total, t.Total) {
			return
		}
		for i := range rows {
			for k := range columns {
				v := cells[i*columns+k]
				out[i][k] = disclosure.Interval{Low: min(out[i][k].Low, v), High: max(out[i][k].High, v)}
			}
		}
	}
	try(0)
	return out
}

// tableOf draws a public table of skewed values.
func tableOf(random *rand.Rand, rows, columns int) disclosure.PublicTable {
	t := disclosure.PublicTable{Columns: make([]disclosure.PublicCell, columns), RowTotals: make([]disclosure.PublicCell, rows)}
	for i := range rows {
		row := make([]disclosure.PublicCell, columns)
		for k := range row {
			n := int64(random.ExpFloat64() * 14)
			if n > 0 {
				row[k] = disclosure.PublicCell{Contributors: n, Value: int64(float64(n) * 1e6 * random.ExpFloat64())}
			}
			if n > 0 && random.IntN(8) == 0 {
				row[k].Reason = disclosure.Dominated
			}
			t.Columns[k].Value += row[k].Value
			t.Columns[k].Contributors += n
			t.RowTotals[i].Value += row[k].Value
			t.RowTotals[i].Contributors += n
		}
		t.Cells = append(t.Cells, row)
	}
	return t
}

func publicOf(t disclosure.PublicTable) (disclosure.Table, [][]int64) {
	public := disclosure.NewTable(len(t.Cells), len(t.Columns))
	var truth [][]int64
	for i, row := range t.Cells {
		values := make([]int64, len(row))
		for k, c := range row {
			values[k] = c.Value
			if c.Reason == "" {
				public.Cells[i][k] = disclosure.Exactly(c.Value)
			}
		}
		truth = append(truth, values)
		if t.RowTotals[i].Reason == "" {
			public.Rows[i] = disclosure.Exactly(t.RowTotals[i].Value)
		}
	}
	for k, c := range t.Columns {
		if c.Reason == "" {
			public.Columns[k] = disclosure.Exactly(c.Value)
		}
	}
	return public, truth
}

// After suppression the adversary finds nothing, hidden sets are large enough,
// and every node hides the same.
func TestSuppress(t *testing.T) {
	policy := standard(t)
	published, exposed := 0, 0
	for seed := range uint64(60) {
		table := tableOf(rand.New(rand.NewPCG(seed, 1)), 15, 8)
		naive, truth := publicOf(table)
		if found, err := naive.Audit(truth, policy.Public.Percent); err == nil {
			exposed += len(found)
		}
		twin := tableOf(rand.New(rand.NewPCG(seed, 1)), 15, 8)
		err := policy.Suppress(table)
		if again := policy.Suppress(twin); (err == nil) != (again == nil) {
			t.Fatalf("%v, then %v", err, again)
		}
		if errors.Is(err, survey.RefusedExposed) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		published++
		public, truth := publicOf(table)
		found, err := public.Audit(truth, policy.Public.Percent)
		if err != nil || len(found) > 0 {
			t.Fatalf("seed %d: %+v, %v", seed, found, err)
		}
		for k := range table.Columns {
			hidden, companies, shown := 0, int64(0), 0
			for i := range table.Cells {
				c, other := table.Cells[i][k], twin.Cells[i][k]
				if c.Reason != other.Reason {
					t.Fatalf("seed %d: two nodes hide differently", seed)
				}
				switch {
				case c.Reason != "":
					hidden++
					companies += c.Contributors
				case c.Contributors > 0:
					shown++
					if c.Value != 0 && c.Contributors < policy.Public.Contributors {
						t.Fatalf("shown: %+v", c)
					}
				}
			}
			if table.Columns[k].Reason == "" && hidden > 0 && shown > 0 && (hidden < 3 || companies < 10) {
				t.Fatalf("seed %d, column %d: %d regions with %d companies are hidden", seed, k, hidden, companies)
			}
		}
	}
	if published < 50 || exposed == 0 {
		t.Errorf("%d of 60 tables are published; the primary rule alone exposed %d cells", published, exposed)
	}
}

// A table of 15 regions and 12 keys, everything: complements and adversary.
func BenchmarkAdversary(b *testing.B) {
	policy := standard(b)
	table := tableOf(rand.New(rand.NewPCG(1, 1)), 15, 12)
	if err := policy.Suppress(table); err != nil {
		b.Fatal(err)
	}
	public, truth := publicOf(table)
	hidden := 0
	for _, row := range table.Cells {
		for _, c := range row {
			if c.Reason != "" {
				hidden++
			}
		}
	}
	b.Run("expose", func(b *testing.B) {
		for b.Loop() {
			if _, err := public.Audit(truth, policy.Public.Percent); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(hidden), "hidden-cells")
	})
	b.Run("bounds", func(b *testing.B) {
		for b.Loop() {
			if _, err := public.Bounds(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("suppress", func(b *testing.B) {
		for b.Loop() {
			if err := policy.Suppress(tableOf(rand.New(rand.NewPCG(1, 1)), 15, 12)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
