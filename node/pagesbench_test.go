//go:build unix

package node_test

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"
)

const (
	benchCompanies = 20_000
	benchOurs      = 1_500
	benchBatch     = 5_000
)

// BenchmarkPages opens every page of a node with 20,000 organisations, all of them in
// the survey and most of them claimed by two regions, in this process and over
// TLS. It reports the processor time of client and server together, which other
// work on the machine does not lengthen, the shortest time on the clock, and the bytes
// that came, compressed.
func BenchmarkPages(b *testing.B) {
	regions := startRegions(b, 2)
	us, them := regions[0], regions[1]
	us.ask("POST", "/campaigns", map[string]string{"cycle": "2021-22"})
	us.ask("POST", "/campaigns", map[string]string{"cycle": cycle, "opens": "2023-06-01", "closes": "2023-09-30"})
	for start := 0; start < benchCompanies; start += benchBatch {
		var rows []map[string]any
		var ids []string
		for i := start; i < start+benchBatch; i++ {
			ids = append(ids, fmt.Sprintf("GB-COH:%08d", 99_000_000+i))
			rows = append(rows, map[string]any{"identifiers": ids[i-start : i-start+1], "name": fmt.Sprintf("%s %s %s Ltd", benchWords[i%20], benchWords[i/20%20], benchWords[i/400%50%20]),
				"name_as_of": "2022-03-31", "sector": "digital", "size_band": "10-49", "kind": "company", "postcode_district": "OX4"})
		}
		us.ask("POST", "/organisations:batch", map[string]any{"organisations": rows})
		us.ask("POST", "/campaigns/"+cycle+"/supported", map[string]any{"organisations": ids})
		from := 0
		if start == 0 {
			us.ask("POST", "/campaigns/"+cycle+"/claims:batch", map[string]any{"organisations": ids[:benchOurs]})
			from = benchOurs
		}
		them.ask("POST", "/campaigns/"+cycle+"/claims:batch", map[string]any{"organisations": ids[from:]})
	}
	ours, theirs := "/companies/GB-COH:99000002", "/companies/GB-COH:99010000"
	for i := range 50 {
		us.ask("POST", "/notes", map[string]any{"organisation": "GB-COH:99000002", "note": fmt.Sprintf("Note %d of a long year", i)})
	}
	lead := us.person("Lee Lead", "lead").http
	static := firstLoad(b, lead, us.url)
	for _, page := range []string{"/", "/national", "/national/" + cycle, "/national/" + cycle + "?by=sector", "/national/" + cycle + "/certification", "/region", "/campaigns", "/campaigns/" + cycle,
		"/campaigns/" + cycle + "/companies", "/campaigns/" + cycle + "/companies/take-over", "/companies", "/companies?q=wound+care", "/companies?q=wuond+crae", ours, theirs, ours + "/answers",
		ours + "/receipt", "/claims", "/claims?page=20", "/claims/idle", "/claims/list", "/links", "/returned"} {
		b.Run(page, func(b *testing.B) {
			var times []time.Duration
			var bytes int
			before, rounds := processorTime(b), 0
			for b.Loop() {
				start := time.Now()
				bytes = fetched(b, lead, us.url+page)
				times = append(times, time.Since(start))
				rounds++
			}
			used := processorTime(b) - before
			b.ReportMetric(used.Seconds()*1000/float64(rounds), "cpu-ms/op")
			b.ReportMetric(slices.MinFunc(times, cmp.Compare).Seconds()*1000, "least-ms")
			b.ReportMetric(float64(bytes+static)/1024, "first-load-kB")
		})
	}
}

var benchWords = []string{"Isis", "Wound", "Care", "Digital", "Robotics", "Solent", "Sensors", "Cherwell", "Diagnostics", "Thames", "Imaging", "Northfield", "Health", "Genomics",
	"Therapies", "Severn", "Implants", "Mercia", "Analytics", "Harbour"}

// fetched opens an address as a browser does, and returns how many bytes came.
func fetched(b *testing.B, person *http.Client, address string) int {
	b.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", "gzip") // set by hand, it is not undone
	answer, err := person.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		b.Fatalf("%s: %d %v", address, answer.StatusCode, err)
	}
	return len(text)
}

// firstLoad is how many bytes a first visit takes beside the page itself.
func firstLoad(b *testing.B, person *http.Client, node string) int {
	b.Helper()
	answer, err := person.Get(node + "/accessibility")
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	files := regexp.MustCompile(`/static/[^"]+`).FindAllString(string(page), -1)
	files = append(files, regexp.MustCompile(`/static/[^/]+/`).FindString(string(page))+"nhsuk.js") // app.js loads it
	bytes := 0
	for _, file := range files {
		bytes += fetched(b, person, node+file)
	}
	return bytes
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
