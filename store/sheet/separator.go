package sheet

import (
	"bytes"
	"strings"
)

// separators are in the order of preference for a file that several of them split equally well.
const separators = ",;\t|"

// sniffedRecords is how many records decide the separator.
const sniffedRecords = 20

// separatorLine reads Excel's own way to name the separator: a first line "sep=;".
func separatorLine(start []byte) (separator byte, length int) {
	if len(start) < 5 || !bytes.EqualFold(start[:4], []byte("sep=")) {
		return 0, 0
	}
	if !strings.ContainsRune(separators, rune(start[4])) {
		return 0, 0
	}

	rest := start[5:]
	switch {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return start[4], 7
	case len(rest) > 0 && (rest[0] == '\n' || rest[0] == '\r'):
		return start[4], 6
	case len(rest) == 0:
		return start[4], 5
	}
	return 0, 0
}

// sniffSeparator returns the separator that splits the first records most evenly; among equals, the
// one that makes the most columns; without any, a comma. Separators inside quotes do not count.
func sniffSeparator(start []byte, whole bool) byte {
	records := countSeparators(start)
	if !whole && len(records) > 1 {
		records = records[:len(records)-1] // the last one may be cut off
	}

	best, bestScore := separators[0], 0
	for i := range len(separators) {
		if len(records) == 0 || records[0][i] == 0 {
			continue
		}

		even := 0
		for _, r := range records {
			if r[i] == records[0][i] {
				even++
			}
		}

		// Evenness decides first: the number of columns only adds less than one step of it.
		score := even*1000/len(records)*10_000 + min(records[0][i], 9_999)
		if score > bestScore {
			best, bestScore = separators[i], score
		}
	}
	return best
}

// countSeparators counts each separator outside quotes in each of the first records that are not
// empty.
func countSeparators(text []byte) [][len(separators)]int {
	var records [][len(separators)]int
	var now [len(separators)]int
	quoted, empty := false, true

	// A doubled quote inside a cell closes and opens it again, which changes nothing.
	for _, b := range text {
		switch {
		case b == '"':
			quoted, empty = !quoted, false
		case quoted:
		case b == '\n' || b == '\r':
			if !empty {
				records = append(records, now)
			}
			if len(records) == sniffedRecords {
				return records
			}
			now, empty = [len(separators)]int{}, true
		default:
			empty = false
			if i := strings.IndexByte(separators, b); i >= 0 {
				now[i]++
			}
		}
	}

	if !empty {
		records = append(records, now)
	}
	return records
}
