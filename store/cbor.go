package store

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/ahsn-network/tracker/store/survey"
)

// The values that make up nearly all of a large import encode themselves, byte for byte as the
// encoder would (see [boltfile.CBORAppender]): looking up each field by reflection was a quarter of the
// import's work. A test compares the two.

// Major types of CBOR (RFC 8949, section 3.1), and its null and true.
const (
	cborUnsigned = 0 << 5
	cborNegative = 1 << 5
	cborText     = 3 << 5
	cborArray    = 4 << 5
	cborMap      = 5 << 5
	cborNull     = 0xf6
	cborTrue     = 0xf5
	cborFalse    = 0xf4
)

func appendHead(form []byte, major byte, n uint64) []byte {
	switch {
	case n < 24:
		return append(form, major|byte(n))
	case n < 1<<8:
		return append(form, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(form, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(form, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(form, major|27), n)
}

func appendText[T ~string](form []byte, text T) []byte {
	return append(appendHead(form, cborText, uint64(len(text))), text...)
}

func appendInt(form []byte, n int64) []byte {
	if n < 0 {
		return appendHead(form, cborNegative, uint64(-(n + 1)))
	}
	return appendHead(form, cborUnsigned, uint64(n))
}

func appendBool(form []byte, yes bool) []byte {
	if yes {
		return append(form, cborTrue)
	}
	return append(form, cborFalse)
}

func appendTime(form []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(form, cborNull)
	}
	var text [len(time.RFC3339Nano) + 8]byte
	return appendText(form, string(t.UTC().AppendFormat(text[:0], time.RFC3339Nano)))
}

// appendList encodes a list, or null for nil.
func appendList[T any](form []byte, list []T, each func([]byte, *T) []byte) []byte {
	if list == nil {
		return append(form, cborNull)
	}
	form = appendHead(form, cborArray, uint64(len(list)))
	for i := range list {
		form = each(form, &list[i])
	}
	return form
}

// fields encodes a struct as a map with integer keys. It has at most 23 fields, counted while they
// are encoded.
type fields struct {
	form []byte
	head int
}

func newFields(form []byte) fields { return fields{form: append(form, cborMap), head: len(form)} }

// key begins the field with that number.
func (f *fields) key(n byte) {
	f.form = append(f.form, cborUnsigned|n)
	f.form[f.head]++
}

func appendRecordValue(form []byte, v *survey.RecordValue) []byte {
	f := newFields(form)
	f.key(1)
	f.form = appendText(f.form, v.Field)
	if v.Text != "" {
		f.key(2)
		f.form = appendText(f.form, v.Text)
	}
	if v.Number != 0 {
		f.key(3)
		f.form = appendInt(f.form, v.Number)
	}
	if len(v.List) > 0 {
		f.key(4)
		f.form = appendList(f.form, v.List, func(form []byte, s *string) []byte { return appendText(form, *s) })
	}
	return f.form
}

func appendContribution(form []byte, c *survey.Contribution) []byte {
	f := newFields(form)
	f.key(1)
	f.form = appendText(f.form, c.Metric)
	f.key(2)
	f.form = appendInt(f.form, c.Value)
	return f.form
}

func (k *keptRecord) AppendCBOR(form []byte) []byte {
	f := newFields(form)
	f.key(1)
	f.form = appendHead(f.form, cborUnsigned, k.Version)
	f.key(2)
	f.form = appendList(f.form, k.Values, appendRecordValue)
	if k.Deleted {
		f.key(3)
		f.form = appendBool(f.form, true)
	}
	f.key(4)
	f.form = appendHead(f.form, cborUnsigned, k.Actor)
	f.key(5)
	f.form = appendTime(f.form, k.At)
	f.key(6)
	f.form = appendTime(f.form, k.Created)
	return f.form
}

func (p *placeRecord) AppendCBOR(form []byte) []byte {
	f := newFields(form)
	if p.Cycle != "" {
		f.key(1)
		f.form = appendText(f.form, p.Cycle)
	}
	if p.Category != "" {
		f.key(2)
		f.form = appendText(f.form, p.Category)
	}
	if len(p.Values) > 0 {
		f.key(3)
		f.form = appendList(f.form, p.Values, appendContribution)
	}
	if p.Deleted {
		f.key(4)
		f.form = appendBool(f.form, true)
	}
	if p.Supports {
		f.key(5)
		f.form = appendBool(f.form, true)
	}
	return f.form
}

func (a activityRecord) AppendCBOR(form []byte) []byte {
	f := newFields(form)
	if a.Sector != "" {
		f.key(1)
		f.form = appendText(f.form, a.Sector)
	}
	if a.Size != "" {
		f.key(2)
		f.form = appendText(f.form, a.Size)
	}
	if a.Counted != nil {
		f.key(3)
		f.form = a.Counted.AppendCBOR(f.form)
	}
	return f.form
}

func (c *countedRecord) AppendCBOR(form []byte) []byte {
	f := newFields(form)
	f.key(1)
	f.form = appendText(f.form, c.Definitions)
	f.key(2)
	f.form = appendHead(f.form, cborUnsigned, c.Sequence)
	for i, text := range []string{c.Sector, c.Size, c.Stage} {
		f.key(byte(3 + i))
		f.form = appendText(f.form, text)
	}
	f.key(6)
	f.form = appendList(f.form, c.Support, func(form []byte, s *string) []byte { return appendText(form, *s) })
	f.key(7)
	f.form = appendList(f.form, c.Values, appendContribution)
	return f.form
}

// importItems are one stored piece of an import's items.
type importItems []importItem

func (items importItems) AppendCBOR(form []byte) []byte {
	return appendList(slices.Grow(form, 80*len(items)), items, func(form []byte, item *importItem) []byte {
		f := newFields(form)
		if item.Kind != "" {
			f.key(1)
			f.form = appendText(f.form, item.Kind)
		}
		if item.ID != "" {
			f.key(2)
			f.form = appendText(f.form, item.ID)
		}
		if item.Organisation != "" {
			f.key(3)
			f.form = appendText(f.form, item.Organisation)
		}
		f.key(4)
		f.form = appendHead(f.form, cborUnsigned, item.Before)
		f.key(5)
		f.form = appendHead(f.form, cborUnsigned, item.After)
		return f.form
	})
}
