package boltfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/fxamacker/cbor/v2"
)

// Every value in the files is
//
//	version (1 byte) | CRC32C (4 bytes, big endian) | deterministic CBOR
//
// The checksum covers bucket, key, version and CBOR: bbolt does not notice a damaged data page, and
// a value under another key is damage too.
const (
	envelopeVersion = 1
	envelopeHeader  = 5
)

// CBORAppender values append their own CBOR, equal to the encoder's. That halves the time of a
// large import.
type CBORAppender interface {
	AppendCBOR(form []byte) []byte
}

// codec writes and reads envelopes. It is safe for concurrent use.
type codec struct {
	encode cbor.UserBufferEncMode
	decode cbor.DecMode
	table  *crc32.Table
}

func newCodec() (*codec, error) {
	options := cbor.CoreDetEncOptions()
	options.Time = cbor.TimeRFC3339NanoUTC
	encode, err := options.UserBufferEncMode()
	if err != nil {
		return nil, fmt.Errorf("prepare CBOR: %w", err)
	}

	// A key that comes twice is damage that no encoder writes.
	decode, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode()
	if err != nil {
		return nil, fmt.Errorf("prepare CBOR: %w", err)
	}
	return &codec{encode: encode, decode: decode, table: crc32.MakeTable(crc32.Castagnoli)}, nil
}

// seal returns the envelope of value for that bucket and key, in memory from take; scratch holds
// the CBOR meanwhile.
func (c *codec) seal(take func(n int) []byte, scratch *bytes.Buffer, bucket Bucket, key []byte, value any) (
	[]byte, error) {
	body, err := c.encoded(scratch, value)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", bucket, key, err)
	}

	out := take(envelopeHeader + len(body))
	out[0] = envelopeVersion
	binary.BigEndian.PutUint32(out[1:], c.sum(bucket, key, envelopeVersion, body))
	copy(out[envelopeHeader:], body)
	return out, nil
}

// encoded returns the CBOR of a value. It is in scratch, and valid until the next use of scratch.
func (c *codec) encoded(scratch *bytes.Buffer, value any) ([]byte, error) {
	scratch.Reset()
	if f, ok := value.(CBORAppender); ok {
		scratch.Write(f.AppendCBOR(scratch.AvailableBuffer()))
		return scratch.Bytes(), nil
	}
	if err := c.encode.MarshalToBuffer(value, scratch); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return scratch.Bytes(), nil
}

// verify checks the envelope and returns the CBOR inside.
func (c *codec) verify(bucket Bucket, key, data []byte) ([]byte, error) {
	if len(data) < envelopeHeader {
		return nil, errors.New("the value is too short")
	}
	if data[0] > envelopeVersion {
		return nil, fmt.Errorf("%w: envelope version %d", ErrNewerFormat, data[0])
	}
	body := data[envelopeHeader:]
	if binary.BigEndian.Uint32(data[1:]) != c.sum(bucket, key, data[0], body) {
		return nil, errors.New("the checksum does not match")
	}
	return body, nil
}

// open checks the envelope and decodes its contents.
func (c *codec) open(bucket Bucket, key, data []byte, into any) error {
	body, err := c.verify(bucket, key, data)
	if err != nil {
		return err
	}
	return c.decode.Unmarshal(body, into)
}

func (c *codec) sum(bucket Bucket, key []byte, version byte, body []byte) uint32 {
	sum := crc32.Update(0, c.table, []byte(bucket))
	sum = crc32.Update(sum, c.table, []byte{0})
	sum = crc32.Update(sum, c.table, key)
	sum = crc32.Update(sum, c.table, []byte{0, version})
	return crc32.Update(sum, c.table, body)
}

// arenaPiece is the size in bytes of the pieces that an arena allocates.
const arenaPiece = 64 << 10

// arena allocates values that live as long as their transaction: bbolt keeps the values until the
// commit, and a large import has a hundred thousand small ones.
type arena struct{ rest []byte }

func (a *arena) take(n int) []byte {
	if n > arenaPiece/8 {
		return make([]byte, n)
	}

	if n > len(a.rest) {
		a.rest = make([]byte, arenaPiece)
	}
	out := a.rest[:n:n]
	a.rest = a.rest[n:]
	return out
}
