package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ahsn-network/tracker/node/api"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

// format is how a verb prints its data.
type format struct {
	json bool
	csv  bool
}

// flags adds --json, and --csv for lists.
func (f *format) flags(cmd *cobra.Command, list bool) {
	cmd.Flags().BoolVar(&f.json, "json", false, "print the node's answer as JSON")
	if list {
		cmd.Flags().BoolVar(&f.csv, "csv", false, "print the list as CSV (UTF-8)")
		cmd.MarkFlagsMutuallyExclusive("json", "csv")
	}
}

// table is data in rows. The columns whose numbers are in right are aligned to
// the right, as figures are.
type table struct {
	header []string
	rows   [][]string
	right  []int
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the data as the person asked for. raw is the JSON of it; empty
// says what to do next when there are no rows.
func (c *cli) print(f format, raw any, t table, empty string) error {
	switch {
	case f.json:
		return c.printJSON(raw)
	case f.csv:
		w := sheet.NewWriter(c.out)
		w.Row(t.header...)
		for _, row := range t.rows {
			w.Row(row...)
		}
		return w.Flush()
	case len(t.rows) == 0:
		c.say("%s", empty)
		return nil
	}
	return t.write(c.out)
}

// columnGap stands between two columns.
const columnGap = "  "

// write lays the table out in columns; a column with a heading and nothing
// below it is left out. Characters that could move the cursor are made visible:
// names come from other regions.
func (t table) write(w io.Writer) error {
	lines := t.rows
	if len(t.header) > 0 {
		lines = append([][]string{t.header}, t.rows...)
	}
	var widths []int
	used := map[int]bool{}
	for i, cells := range lines {
		for column, cell := range cells {
			if column == len(widths) {
				widths = append(widths, 0)
			}
			widths[column] = max(widths[column], utf8.RuneCountInString(cell))
			used[column] = used[column] || cell != "" && (i > 0 || len(t.header) == 0)
		}
	}
	for _, cells := range lines {
		var line strings.Builder
		for column, cell := range cells {
			if !used[column] && len(t.rows) > 0 {
				continue
			}
			padding := strings.Repeat(" ", widths[column]-utf8.RuneCountInString(cell))
			if slices.Contains(t.right, column) {
				line.WriteString(padding + printable(cell) + columnGap)
			} else {
				line.WriteString(printable(cell) + padding + columnGap)
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return fmt.Errorf("print the table: %w", err)
		}
	}
	return nil
}

// printJSON writes JSON with indents; what the node sent stays as it sent it.
func (c *cli) printJSON(v any) error {
	text, ok := v.(json.RawMessage)
	if !ok {
		var err error
		if text, err = json.Marshal(v); err != nil {
			return fmt.Errorf("print JSON: %w", err)
		}
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, bytes.TrimSpace(text), "", "  "); err != nil {
		return fmt.Errorf("the node's answer is not JSON: %w", err)
	}
	fmt.Fprintln(c.out, indented.String())
	return nil
}

// pageSize is the most that the API gives on one page.
const pageSize = 1000

// pages reads a list to its end, or to limit items if that is not 0.
func pages[T any](ctx context.Context, cl *client, path string, query url.Values, limit int) ([]T, []json.RawMessage, error) {
	if query == nil {
		query = url.Values{}
	}
	items, raw := []T{}, []json.RawMessage{}
	for {
		size := pageSize
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		query.Set("limit", fmt.Sprint(size))
		r, err := cl.get(ctx, path, query)
		if err != nil {
			return nil, nil, err
		}
		var page api.Page[json.RawMessage]
		if err := r.into(&page); err != nil {
			return nil, nil, err
		}
		for _, text := range page.Items {
			var item T
			if err := (reply{body: text}).into(&item); err != nil {
				return nil, nil, err
			}
			items, raw = append(items, item), append(raw, text)
		}
		if page.Next == "" || len(page.Items) == 0 || limit > 0 && len(items) >= limit {
			return items, raw, nil
		}
		query.Set("cursor", page.Next)
	}
}

// itemsJSON is a whole list as the API would give it on one page.
func itemsJSON(raw []json.RawMessage) any {
	return map[string]any{"items": raw, "next": ""}
}

// printable replaces control characters, which tables and terminals would act
// on.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
}

func longTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 Jan 2006 15:04 MST")
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// timeFor writes a time as the reader of the format wants it.
func (f format) timeFor(t time.Time) string {
	if f.csv {
		return csvTime(t)
	}
	return longTime(t)
}

func joinIDs[T ~string](ids []T) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	return strings.Join(texts, ", ")
}

// isTerminal reports whether a person watches w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// parseID reads an identifier; a bare company number is one of Companies
// House.
func parseID(text string) (survey.Identifier, error) {
	if !strings.Contains(text, ":") {
		return survey.ParseCompanyNumber(text)
	}
	return survey.ParseIdentifier(text)
}

// cycleFlag adds the required --cycle.
func cycleFlag(cmd *cobra.Command, value *string) {
	cmd.Flags().StringVar(value, "cycle", "", "the cycle reported on, for example 2022-23 (required)")
	if err := cmd.MarkFlagRequired("cycle"); err != nil {
		panic(err) // only if the flag above does not exist
	}
}

func parseCycle(cmd *cobra.Command, text string) (survey.Cycle, error) {
	cycle, err := survey.ParseCycle(text)
	if err != nil {
		return "", usage(cmd, "%s", plain(err))
	}
	return cycle, nil
}

func parseRegion(cmd *cobra.Command, text string) (survey.Region, error) {
	region, err := survey.ParseRegion(text)
	if err != nil {
		return "", usage(cmd, "%s", plain(err))
	}
	return region, nil
}

func parseOneID(cmd *cobra.Command, text string) (survey.Identifier, error) {
	id, err := parseID(text)
	if err != nil {
		return "", usage(cmd, "%s", plain(err))
	}
	return id, nil
}

// plain drops the sentinel's word from the front of a message.
func plain(err error) string {
	return strings.TrimPrefix(err.Error(), survey.ErrInvalid.Error()+": ")
}
