package totals

import (
	"fmt"
	"sync"

	"github.com/fxamacker/cbor/v2"
)

// loadModes builds the encoder and the decoder once. Encoding is core deterministic: the same value
// has one form. Decoding accepts only the forms of encoding, within bounds.
var loadModes = sync.OnceValues(func() (modes, error) {
	encode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		return modes{}, err
	}

	decode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
		MaxArrayElements:  maxCells,
		MaxMapPairs:       64,
		MaxNestedLevels:   8,
	}.DecMode()
	return modes{encode, decode}, err
})

type modes struct {
	encoder cbor.EncMode
	decoder cbor.DecMode
}

func encode(value any) ([]byte, error) {
	m, err := loadModes()
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return m.encoder.Marshal(value)
}

func decode(data []byte, into any) error {
	m, err := loadModes()
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return m.decoder.Unmarshal(data, into)
}
