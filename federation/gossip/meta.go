package gossip

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	maxHeads       = 4
	maxAddress     = 255 // bytes
	maxVersion     = 64  // bytes
	maxBeaconBytes = 512 // memberlist's limit of a node's metadata
)

// Head names the newest summary that a region has signed for one cycle. Hash
// begins the SHA-256 of its signed bytes.
type Head struct {
	Cycle       survey.Cycle `cbor:"1,keyasint"`
	Incarnation uint64       `cbor:"2,keyasint"`
	Sequence    uint64       `cbor:"3,keyasint"`
	Hash        [8]byte      `cbor:"4,keyasint"`
}

// Meta is a node's statement about itself. The others take it as a hint of where to look, never as
// a fact.
type Meta struct {
	Address      string  `cbor:"1,keyasint,omitempty"` // host:port of the node port
	Version      string  `cbor:"2,keyasint,omitempty"` // of the software
	FeatureLevel uint16  `cbor:"3,keyasint,omitempty"`
	Index        uint64  `cbor:"4,keyasint,omitempty"` // registry number applied there
	Root         [8]byte `cbor:"5,keyasint"`           // begins the registry's tree hash at Index
	Heads        []Head  `cbor:"6,keyasint,omitempty"` // of this region's summaries, at most 4, newest first
}

func (m Meta) validate() error {
	switch {
	case len(m.Address) > maxAddress || !utf8.ValidString(m.Address):
		return fmt.Errorf("%w: address of more than %d bytes", survey.ErrInvalid, maxAddress)
	case len(m.Version) > maxVersion || !utf8.ValidString(m.Version):
		return fmt.Errorf("%w: version of more than %d bytes", survey.ErrInvalid, maxVersion)
	case len(m.Heads) > maxHeads:
		return fmt.Errorf("%w: more than %d heads", survey.ErrInvalid, maxHeads)
	}
	return nil
}

// equal compares the contents of the heads, not their arrays.
func (m Meta) equal(o Meta) bool {
	if len(m.Heads) != len(o.Heads) {
		return false
	}
	for i := range m.Heads {
		if m.Heads[i] != o.Heads[i] {
			return false
		}
	}
	return m.Address == o.Address && m.Version == o.Version && m.FeatureLevel == o.FeatureLevel &&
		m.Index == o.Index && m.Root == o.Root
}

// fitted cuts a version or a list that is too long, so that it cannot silence a node.
func (m Meta) fitted() Meta {
	if len(m.Version) > maxVersion {
		m.Version = m.Version[:maxVersion]
		for !utf8.ValidString(m.Version) && m.Version != "" {
			m.Version = m.Version[:len(m.Version)-1]
		}
	}
	m.Heads = append([]Head(nil), m.Heads[:min(len(m.Heads), maxHeads)]...)
	return m
}

// beacon is sent to every other node, and gossiped as memberlist metadata. SentAt is the sender's
// clock in milliseconds.
type beacon struct {
	Federation identity.FederationID `cbor:"1,keyasint"`
	SentAt     int64                 `cbor:"2,keyasint"`
	Leaving    bool                  `cbor:"3,keyasint,omitempty"`
	Meta       Meta                  `cbor:"4,keyasint"`
}

func (b beacon) sentAt() time.Time { return time.UnixMilli(b.SentAt) }

// codec encodes and decodes beacons. It is made once per node: cbor modes are built by calls that
// can fail, so that they cannot be package tables.
type codec struct {
	encode cbor.EncMode
	decode cbor.DecMode
}

func newCodec() (codec, error) {
	options := cbor.CoreDetEncOptions()
	options.TextMarshaler = cbor.TextMarshalerNone
	encode, err := options.EncMode()
	if err != nil {
		return codec{}, err
	}

	decode, err := cbor.DecOptions{
		DupMapKey:        cbor.DupMapKeyEnforcedAPF,
		IndefLength:      cbor.IndefLengthForbidden,
		TagsMd:           cbor.TagsForbidden,
		MaxArrayElements: 16,
		MaxMapPairs:      16,
		MaxNestedLevels:  8,
	}.DecMode()
	return codec{encode, decode}, err
}

// marshal leaves the oldest heads out until the beacon fits memberlist's metadata: the peers find
// those when they compare vectors.
func (c codec) marshal(b beacon) ([]byte, error) {
	for {
		data, err := c.encode.Marshal(b)
		if err != nil {
			return nil, fmt.Errorf("encode beacon: %w", err)
		}
		if len(data) <= maxBeaconBytes {
			return data, nil
		}
		if len(b.Meta.Heads) == 0 {
			return nil, fmt.Errorf("%w: beacon of %d bytes", survey.ErrInvalid, len(data))
		}
		b.Meta.Heads = b.Meta.Heads[:len(b.Meta.Heads)-1]
	}
}

var errOtherFederation = errors.New("beacon of another federation")

func (c codec) unmarshal(data []byte, federation identity.FederationID) (beacon, error) {
	var b beacon
	if len(data) > maxBeaconBytes {
		return b, fmt.Errorf("%w: beacon of %d bytes", survey.ErrInvalid, len(data))
	}
	if err := c.decode.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("decode beacon: %w", err)
	}
	if b.Federation != federation {
		return b, errOtherFederation
	}
	return b, b.Meta.validate()
}
