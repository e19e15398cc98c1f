package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how the file writes its characters.
type Encoding string

const (
	UTF8        Encoding = "UTF-8"
	UTF16LE     Encoding = "UTF-16LE"
	UTF16BE     Encoding = "UTF-16BE"
	Windows1252 Encoding = "Windows-1252"
)

// sniffBytes is how much of a file is looked at before it is read.
const sniffBytes = 64 << 10

// foreign are the first bytes of files that people mistake for CSV.
var foreign = []struct{ start, what string }{
	{"PK\x03\x04", "this is an Excel workbook or a zip file, not CSV: save it as \"CSV UTF-8\" first"},
	{"\xd0\xcf\x11\xe0", "this is an old or encrypted Excel workbook, not CSV: save it as \"CSV UTF-8\" first"},
	{"\x1f\x8b", "this is a gzip file, not CSV: unpack it first"},
	{"%PDF", "this is a PDF, not CSV"},
	{"<!DOCTYPE", "this is a web page, not CSV: was it downloaded without signing in?"},
	{"<html", "this is a web page, not CSV: was it downloaded without signing in?"},
}

// detect finds the encoding from the first bytes and returns how many bytes of byte order mark to
// skip. Without a mark it returns UTF-8, unless every other byte is zero. The decoder detects
// Windows-1252 while it reads.
func detect(start []byte) (Encoding, int, error) {
	for _, f := range foreign {
		if len(start) >= len(f.start) && bytes.EqualFold(start[:len(f.start)], []byte(f.start)) {
			return "", 0, errors.New(f.what)
		}
	}

	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		return UTF8, 3, nil
	case bytes.HasPrefix(start, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(start, []byte("\x00\x00\xfe\xff")):
		return "", 0, errors.New("UTF-32 is not read: save it as \"CSV UTF-8\"")
	case bytes.HasPrefix(start, []byte("\xff\xfe")):
		return UTF16LE, 2, nil
	case bytes.HasPrefix(start, []byte("\xfe\xff")):
		return UTF16BE, 2, nil
	}

	// UTF-16 without a mark: in a list most characters are ASCII, so one byte of each pair is zero.
	var zeros [2]int
	sample := start[:min(len(start), 1024)]
	for i, b := range sample {
		if b == 0 {
			zeros[i%2]++
		}
	}

	pairs := len(sample) / 2
	switch {
	case pairs > 1 && zeros[1] > pairs*3/4 && zeros[0] == 0:
		return UTF16LE, 0, nil
	case pairs > 1 && zeros[0] > pairs*3/4 && zeros[1] == 0:
		return UTF16BE, 0, nil
	}
	return UTF8, 0, nil
}

// utf16Reader decodes UTF-16 without a mark.
func utf16Reader(r io.Reader, enc Encoding) io.Reader {
	order := unicode.LittleEndian
	if enc == UTF16BE {
		order = unicode.BigEndian
	}
	return transform.NewReader(r, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder())
}

// eightBit passes UTF-8 on. At the first byte that is not UTF-8 it takes the file for Windows-1252,
// which Excel in this country writes as "CSV", provided that everything before was ASCII. It
// refuses a file that mixes both, because one of them would be misread.
type eightBit struct {
	encoding Encoding
	beyond   bool // characters beyond ASCII were seen, as UTF-8
}

var errMixed = errors.New("the file mixes UTF-8 with another encoding: save it again as \"CSV UTF-8\"")

// Transform implements transform.Transformer.
func (d *eightBit) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		b := src[nSrc]
		// ASCII is the same in both encodings.
		if b < utf8.RuneSelf {
			if nDst == len(dst) {
				return nDst, nSrc, transform.ErrShortDst
			}
			dst[nDst] = b
			nDst, nSrc = nDst+1, nSrc+1
			continue
		}

		if len(dst)-nDst < utf8.UTFMax {
			return nDst, nSrc, transform.ErrShortDst
		}

		// Only characters that were read as UTF-8 rule Windows-1252 out.
		if d.encoding == UTF8 {
			if !atEOF && !utf8.FullRune(src[nSrc:]) {
				return nDst, nSrc, transform.ErrShortSrc
			}
			if r, size := utf8.DecodeRune(src[nSrc:]); r != utf8.RuneError || size > 1 {
				d.beyond = true
				nDst += copy(dst[nDst:], src[nSrc:nSrc+size])
				nSrc += size
				continue
			}
			if d.beyond {
				return nDst, nSrc, errMixed
			}
			d.encoding = Windows1252
		}

		r := charmap.Windows1252.DecodeByte(b)
		if r == utf8.RuneError || r >= 0x80 && r < 0xa0 {
			return nDst, nSrc, fmt.Errorf("byte 0x%02x is no character of UTF-8 or Windows-1252: "+
				"save the file again as \"CSV UTF-8\"", b)
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc++
	}
	return nDst, nSrc, nil
}

// Reset implements transform.Transformer.
func (d *eightBit) Reset() {}
