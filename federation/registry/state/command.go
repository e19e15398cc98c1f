package state

import (
	"crypto/sha256"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"github.com/ahsn-network/tracker/federation/identity"
	"github.com/ahsn-network/tracker/store/survey"
)

// Feature levels. A command of a level enters the log only when every voter's
// software knows the level: replicas of older software would have to stop.
// Each level is also the newest version of a row that it reads.
const (
	levelFirst    = 1
	levelNational = 2 // steps that bind the nation, certification, innovations
	levelLapse    = 3 // claims that lapse
	levelBatch    = 4 // batches of rows with one signature

	// FeatureLevel is the level of this software.
	FeatureLevel = levelBatch
)

// Versions of entries and rows in the log. A replica that meets a newer one stops applying and asks
// for an upgrade. A row is written in the oldest version that can express it: that is the feature
// level that it needs.
const (
	entryVersion  = 1
	rowVersion    = 1
	newestVersion = FeatureLevel
)

// commandType is the kind of command in a row. Numbers are for ever.
type commandType uint16

const (
	typeFound            commandType = 1
	typeAddOrganisations commandType = 2
	typeOpenCampaign     commandType = 3
	typeAddSupported     commandType = 4
	typeClaim            commandType = 5
	typeChangeClaims     commandType = 6

	// The roster's.
	typeInvite     commandType = 32
	typeAdmit      commandType = 33
	typeSetAddress commandType = 34
	typeRotateKey  commandType = 35
	typeReenter    commandType = 36
	typeRename     commandType = 37
	typePropose    commandType = 38
	typeEndorse    commandType = 39
	typeRecover    commandType = 40
	typeHandedOver commandType = 41
	typeStateLevel commandType = 42

	// The life of organisations and of the eligible set.
	typeMergeOrganisations commandType = 64
	typeSplitOrganisation  commandType = 65
	typeCloseCampaign      commandType = 66
	typeFreezeEligible     commandType = 67
	typeImportEligible     commandType = 68
	typeRollForward        commandType = 69
	typeLiftDoNotSurvey    commandType = 70

	// From levelNational on. Certification.
	typeSignOff commandType = 96
	typeCoSign  commandType = 97

	// Innovations.
	typeInnovation commandType = 112
)

// known reports whether this version knows the command.
func (t commandType) known() bool {
	return t >= typeFound && t <= typeChangeClaims || t >= typeInvite && t <= typeStateLevel ||
		t >= typeMergeOrganisations && t <= typeLiftDoNotSurvey || t >= typeSignOff && t <= typeCoSign ||
		t == typeInnovation
}

// ofList reports whether rows of the type are parts of a list. Their payload is the same in every
// version, so that they may have the signature of a batch.
func (t commandType) ofList() bool {
	return t == typeAddOrganisations || t == typeAddSupported || t == typeClaim || t == typeChangeClaims
}

// Bounds of the log.
const (
	MaxEntryBytes   = 256 << 10
	MaxEntryRows    = 256
	EntryOverhead   = 64       // of an entry beside its rows, and of a body beside its payload
	maxRowBytes     = 96 << 10 // bound of the write methods
	maxRowItems     = 512
	MaxRequestID    = 64
	maxRowRequestID = MaxRequestID + 8 // with the part's number
)

// entry is one entry of the Raft log: rows that the leader put together, under one
// reading of its clock (milliseconds since 1970).
type entry struct {
	Version    uint8 `cbor:"1,keyasint"`
	LeaderTime int64 `cbor:"2,keyasint"`
	Rows       []Row `cbor:"3,keyasint"`
}

// Row is one command, signed by the region it comes from. The signature covers
// the body's bytes as they travelled, so that nothing is ever encoded again to
// be verified.
type Row struct {
	Body      []byte `cbor:"1,keyasint"`
	Signature []byte `cbor:"2,keyasint"`
}

// Body is the part of a row that the origin signs. Intent is the origin's clock in milliseconds: it
// is shown and decides nothing. Actor is an opaque number of the origin; its meaning stays there.
type Body struct {
	Version    uint8         `cbor:"1,keyasint"`
	Type       commandType   `cbor:"2,keyasint"`
	Federation []byte        `cbor:"3,keyasint"`
	Origin     survey.Region `cbor:"4,keyasint"`
	Actor      uint64        `cbor:"5,keyasint"`
	Request    string        `cbor:"6,keyasint"`
	Intent     int64         `cbor:"7,keyasint"`
	Payload    []byte        `cbor:"8,keyasint"`
	// For is the licensed region without a node of its own that a sponsor
	// records for.
	For survey.Region `cbor:"9,keyasint,omitempty"`
}

// payloadHash identifies a request. Intent is left out, since a retry asks for the same at another
// time.
func (b *Body) payloadHash() [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte{byte(b.Type >> 8), byte(b.Type)})
	h.Write([]byte(b.For)) // a code: no payload begins with a letter
	h.Write(b.Payload)
	return [sha256.Size]byte(h.Sum(nil))
}

// OfList reports whether the row is a part of a list. Such rows may have the signature of a batch.
func (b *Body) OfList() bool { return b.Type.ofList() }

// Command is a request before a region makes it a row. Only the constructors make one; each stands
// beside the method that carries it out.
type Command struct {
	kind    commandType
	version uint8 // the oldest that can say it
	payload []byte
	items   int // of a part of a list
}

func newCommand(kind commandType, payload any) Command {
	return Command{kind: kind, version: rowVersion, payload: Encode(payload)}
}

// from returns the command for a row of the version.
func (c Command) from(version uint8) Command {
	c.version = version
	return c
}

// listCommands cuts a list into commands that fit into one row each.
func listCommands[T any](kind commandType, cycle survey.Cycle, items []T) []Command {
	var parts [][]cbor.RawMessage
	size := 0
	for i := range items {
		item := cbor.RawMessage(Encode(items[i]))
		last := len(parts) - 1
		// The item would not fit into the last row.
		if last < 0 || len(parts[last]) == maxRowItems || size+len(item) > maxRowBytes {
			parts, last, size = append(parts, nil), last+1, 0
		}
		parts[last] = append(parts[last], item)
		size += len(item)
	}

	commands := make([]Command, len(parts))
	for i, part := range parts {
		commands[i] = newCommand(kind, listPayload{Parts: len(parts), Cycle: cycle, Items: part})
		commands[i].items = len(part)
	}
	return commands
}

// Items returns how many items of a list the command has.
func (c Command) Items() int { return c.items }

// Author is the region that asks, its request, and the time by its own clock in milliseconds. The
// time is shown and decides nothing.
type Author struct {
	Federation identity.FederationID
	Region     survey.Region
	Request    survey.Request
	Time       int64
}

// By returns the body of the author's row.
func (c Command) By(a Author) Body {
	return Body{Version: c.version, Type: c.kind, Federation: a.Federation[:], Origin: a.Region,
		Actor: a.Request.Actor, Request: a.Request.ID, Intent: a.Time, Payload: c.payload, For: a.Request.For}
}

// The payloads. They are closed: no field carries free text about a person.
// Parts is the number of rows a list was split into, so that the same request
// id with a longer or shorter list is another payload.
type (
	foundPayload struct {
		Federation []byte          `cbor:"1,keyasint"`
		Policy     string          `cbor:"2,keyasint"`
		Members    []survey.Member `cbor:"3,keyasint"`
		Level      uint16          `cbor:"4,keyasint,omitempty"` // of the founding nodes' software; from version 2 on
		SoloSteps  bool            `cbor:"5,keyasint,omitempty"` // steps need no second region; from version 2 on
	}
	campaignPayload struct {
		Campaign survey.Campaign `cbor:"1,keyasint"`
	}
	listPayload struct { // as the write methods encode every kind of list
		Parts int               `cbor:"1,keyasint"`
		Cycle survey.Cycle      `cbor:"2,keyasint,omitempty"`
		Items []cbor.RawMessage `cbor:"3,keyasint"`
	}
	identifiersPayload struct { // AddSupported and Claim
		Parts int                 `cbor:"1,keyasint"`
		Cycle survey.Cycle        `cbor:"2,keyasint"`
		Items []survey.Identifier `cbor:"3,keyasint"`
	}
	changesPayload struct {
		Parts int                  `cbor:"1,keyasint"`
		Cycle survey.Cycle         `cbor:"2,keyasint"`
		Items []survey.ClaimChange `cbor:"3,keyasint"`
	}
)

// outcomeRecord is survey.Outcome as it is stored and sent.
type outcomeRecord struct {
	Status  survey.OutcomeStatus `cbor:"1,keyasint"`
	ID      survey.Identifier    `cbor:"2,keyasint,omitempty"`
	Number  uint64               `cbor:"3,keyasint,omitempty"`
	Claim   *survey.Claim        `cbor:"4,keyasint,omitempty"`
	Refusal *survey.Refusal      `cbor:"5,keyasint,omitempty"`
	Decided *survey.NewProposal  `cbor:"6,keyasint,omitempty"`
	Facts   []survey.FactChange  `cbor:"-"` // of previews: never stored
}

func encodeOutcomes(outcomes []survey.Outcome) []byte {
	records := make([]outcomeRecord, len(outcomes))
	for i, o := range outcomes {
		records[i] = outcomeRecord(o)
	}
	return Encode(records)
}

// DecodeOutcomes reads the outcomes of one row.
func DecodeOutcomes(data []byte) ([]survey.Outcome, error) {
	var records []outcomeRecord
	if err := Decode(data, &records); err != nil {
		return nil, fmt.Errorf("read outcomes: %w", err)
	}
	outcomes := make([]survey.Outcome, len(records))
	for i, r := range records {
		outcomes[i] = survey.Outcome(r)
	}
	return outcomes, nil
}

// The codec: one way to write each value, bounds on everything read.
var (
	encoding = encodingMode()
	decoding = decodingMode(cbor.ExtraDecErrorUnknownField)
	lenient  = decodingMode(cbor.ExtraDecErrorNone) // reads the version of unknown data
)

func encodingMode() cbor.EncMode {
	options := cbor.CoreDetEncOptions()
	options.Time = cbor.TimeRFC3339NanoUTC // exact, and no floats
	mode, err := options.EncMode()
	if err != nil {
		panic(fmt.Sprintf("registry encoding: %v", err))
	}
	return mode
}

func decodingMode(extra cbor.ExtraDecErrorCond) cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		MaxNestedLevels:   8,
		MaxArrayElements:  1024,
		MaxMapPairs:       64,
		ExtraReturnErrors: extra,
	}.DecMode()
	if err != nil {
		panic(fmt.Sprintf("registry decoding: %v", err))
	}
	return mode
}

// Decode reads data as Encode writes it, and refuses unknown fields.
func Decode(data []byte, into any) error { return decoding.Unmarshal(data, into) }

// Encode encodes the registry's own types. It panics on a type that cannot be encoded.
func Encode(v any) []byte {
	data, err := encoding.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return data
}

// EncodeEntry makes a log entry of the rows, under one reading of the leader's
// clock in milliseconds.
func EncodeEntry(leaderTime int64, rows []Row) []byte {
	return Encode(entry{Version: entryVersion, LeaderTime: leaderTime, Rows: rows})
}

// decodeEntry reads one log entry. upgrade is true for an entry of a newer version.
func decodeEntry(data []byte) (e entry, upgrade bool, err error) {
	if err := Decode(data, &e); err != nil {
		// A newer version may have fields that are unknown here; its number can still be read.
		var head struct {
			Version uint8 `cbor:"1,keyasint"`
		}
		newer := lenient.Unmarshal(data, &head) == nil && head.Version > entryVersion
		return entry{}, newer, fmt.Errorf("read log entry: %w", err)
	}
	return e, e.Version > entryVersion, nil
}

// DecodeBody reads one row's body. upgrade is true when its version or type is
// not known here; the origin and federation are then filled in as far as they
// could be read.
func DecodeBody(data []byte) (b Body, upgrade bool, err error) {
	if err := Decode(data, &b); err != nil {
		// A newer body is read as far as possible, since its origin tells whether to stop for it.
		b = Body{}
		newer := lenient.Unmarshal(data, &b) == nil && b.Version > newestVersion
		return b, newer, fmt.Errorf("read row: %w", err)
	}

	if b.Version == 0 || b.Type == 0 {
		return b, false, fmt.Errorf("read row: version %d, type %d", b.Version, b.Type)
	}
	return b, b.Version > newestVersion || !b.Type.known(), nil
}

// The highest field numbers that software from before levelLapse reads: of a proposal, and of a
// campaign.
const (
	proposalFieldsBeforeLapse = 18
	campaignFieldsBeforeLapse = 14
)

// saysOnly reports whether the payload's first field has no keys above last. Older replicas could
// not read higher keys in a row of an earlier version.
func saysOnly(payload []byte, last uint64) bool {
	var p struct {
		What map[uint64]cbor.RawMessage `cbor:"1,keyasint"`
	}
	if err := Decode(payload, &p); err != nil {
		return false
	}
	for key := range p.What {
		if key > last {
			return false
		}
	}
	return true
}
