package totals

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/ahsn-network/tracker/store/survey"
)

// A packed summary is a signed one in a quarter of the space: it is signed off, kept in the
// registry and published in this form. It has the names of metrics and keys once, then the numbers
// of each metric. Every bit of it counts: a packed summary has one form, and the signed bytes
// follow from it.
const (
	packFormat    = 1
	signatureSize = 64
	flagBits      = 3
	maxNames      = 1024 // metrics, or keys of breakdowns
)

// cellKey is one place in one breakdown, or the whole.
type cellKey struct {
	dimension survey.Dimension
	key       string
}

func compareKeys(a, b cellKey) int {
	if a.dimension != b.dimension {
		return strings.Compare(string(a.dimension), string(b.dimension))
	}
	return strings.Compare(a.key, b.key)
}

// pack returns the packed form.
func pack(s Summary, signature []byte) ([]byte, error) {
	if len(signature) != signatureSize {
		return nil, fmt.Errorf("%w: a signature of %d bytes", ErrBadSummary, len(signature))
	}

	head := s
	head.Cells = []survey.Cell{}
	header, err := encode(head)
	if err != nil {
		return nil, fmt.Errorf("pack summary: %w", err)
	}

	// The summary without cells, and the signature.
	out := binary.AppendUvarint([]byte{packFormat}, uint64(len(header)))
	out = append(append(out, header...), signature...)

	// The names, each shortened by the start that it shares with the one before.
	metrics, keys := names(s.Cells)
	out = binary.AppendUvarint(out, uint64(len(metrics)))
	for i, m := range metrics {
		out = appendName(out, before(metrics, i), m)
	}
	out = binary.AppendUvarint(out, uint64(len(keys)))
	for i, k := range keys {
		last := before(keys, i)
		out = appendName(appendName(out, string(last.dimension), string(k.dimension)), last.key, k.key)
	}

	// The numbers, metric by metric.
	cells := s.Cells
	for _, m := range metrics {
		of := cells
		for i, c := range cells {
			if c.Metric != m {
				of = cells[:i]
				break
			}
		}
		cells = cells[len(of):]
		out = appendCells(out, of, keys)
	}
	return out, nil
}

// names returns the metrics and the keys of the cells, each once, in order.
func names(cells []survey.Cell) (metrics []string, keys []cellKey) {
	seen := map[cellKey]bool{}
	for _, c := range cells { // in order of their metrics
		if len(metrics) == 0 || metrics[len(metrics)-1] != c.Metric {
			metrics = append(metrics, c.Metric)
		}
		if k := (cellKey{c.Dimension, c.Key}); !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compareKeys)
	return metrics, keys
}

// before returns the element before i, the zero value for the first.
func before[T any](list []T, i int) (last T) {
	if i > 0 {
		last = list[i-1]
	}
	return last
}

// appendName writes the length of the start that the name shares with the last one, and the rest of
// it.
func appendName(out []byte, last, name string) []byte {
	same := 0
	for same < min(len(last), len(name)) && last[same] == name[same] {
		same++
	}
	out = append(out, byte(same), byte(len(name)-same))
	return append(out, name[same:]...)
}

// appendCells writes one metric: the keys that it has, as bits, then their numbers.
func appendCells(out []byte, cells []survey.Cell, keys []cellKey) []byte {
	at := len(out)
	out = append(out, make([]byte, (len(keys)+7)/8)...)
	for i, k := range keys {
		if len(cells) > 0 && (cellKey{cells[0].Dimension, cells[0].Key}) == k {
			out[at+i/8] |= 1 << (i % 8)
			out = binary.AppendUvarint(out, uint64(cells[0].Value))
			out = binary.AppendUvarint(out, uint64(cells[0].Contributors)<<flagBits|uint64(cells[0].Flag))
			cells = cells[1:]
		}
	}
	return out
}

// unpack returns the summary and its signed bytes. It verifies no signature.
// Every error wraps ErrBadSummary.
func unpack(data []byte) (Summary, Signed, error) {
	if len(data) > MaxSummaryBytes {
		return Summary{}, Signed{}, fmt.Errorf("%w: %d bytes", ErrBadSummary, len(data))
	}

	// The summary without cells, and the signature.
	r := &reader{left: data}
	if format := r.take(1); r.failed || format[0] != packFormat {
		return Summary{}, Signed{}, fmt.Errorf("%w: not a packed summary", ErrBadSummary)
	}
	header := r.take(r.count(MaxSummaryBytes))
	signature := r.take(signatureSize)
	var s Summary
	if !r.failed {
		if err := decode(header, &s); err != nil {
			return Summary{}, Signed{}, fmt.Errorf("%w: %w", ErrBadSummary, err)
		}
	}

	s.Cells = r.cells()
	if r.failed || len(r.left) > 0 {
		return Summary{}, Signed{}, fmt.Errorf("%w: it ends too early or too late", ErrBadSummary)
	}
	if err := s.check(); err != nil {
		return Summary{}, Signed{}, err
	}

	// There is one packed form.
	if again, err := pack(s, signature); err != nil || !bytes.Equal(again, data) {
		return Summary{}, Signed{}, fmt.Errorf("%w: not in canonical form", ErrBadSummary)
	}

	plain, err := encode(s)
	if err != nil {
		return Summary{}, Signed{}, fmt.Errorf("%w: %w", ErrBadSummary, err)
	}
	return s, Signed{Bytes: plain, Signature: bytes.Clone(signature)}, nil
}

// reader takes bytes from the front. It fails for good when something does not fit.
type reader struct {
	left   []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if r.failed || n > len(r.left) {
		r.failed = true
		return nil
	}
	out := r.left[:n]
	r.left = r.left[n:]
	return out
}

func (r *reader) number() uint64 {
	n, size := binary.Uvarint(r.left)
	if size <= 0 {
		r.failed = true
		return 0
	}
	r.take(size)
	return n
}

func (r *reader) count(limit int) int {
	n := r.number()
	if n > uint64(limit) {
		r.failed = true
		return 0
	}
	return int(n)
}

func (r *reader) name(last string) string {
	head := r.take(2)
	if r.failed || int(head[0]) > len(last) {
		r.failed = true
		return ""
	}
	return last[:head[0]] + string(r.take(int(head[1])))
}

// names reads the names of the metrics and of the keys.
func (r *reader) names() (metrics []string, keys []cellKey) {
	metrics = make([]string, r.count(maxNames))
	for i := range metrics {
		metrics[i] = r.name(before(metrics, i))
	}

	keys = make([]cellKey, r.count(maxNames))
	for i := range keys {
		last := before(keys, i)
		keys[i].dimension = survey.Dimension(r.name(string(last.dimension)))
		keys[i].key = r.name(last.key)
	}
	return metrics, keys
}

// cells reads the names and the numbers.
func (r *reader) cells() []survey.Cell {
	metrics, keys := r.names()
	cells := []survey.Cell{}
	for _, m := range metrics {
		has := r.take((len(keys) + 7) / 8)
		for i, k := range keys {
			// Hostile bytes must not take memory.
			if r.failed || len(cells) > maxCells {
				r.failed = true
				return nil
			}
			if has[i/8]&(1<<(i%8)) == 0 {
				continue
			}

			value, rest := r.number(), r.number()
			if value > maxValue {
				r.failed = true
			}
			cells = append(cells, survey.Cell{Metric: m, Dimension: k.dimension, Key: k.key, Value: int64(value),
				Contributors: int64(rest >> flagBits), Flag: survey.CellFlag(rest & (1<<flagBits - 1))})
		}
	}
	return cells
}
