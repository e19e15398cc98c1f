package state

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/ahsn-network/tracker/store/survey"
)

// A snapshot is the magic line, the format, then frames: one byte for the kind
// of row, four for the length, the row in CBOR. The rows of a kind come in the
// order of their keys, so equal states make equal snapshots. The last frame has
// the number of rows and the SHA-256 of everything before it.
const (
	snapshotMagic  = "tracker registry snapshot\n"
	snapshotFormat = 1
	maxFrameBytes  = 4 << 20
	frameEnd       = 0xff
)

// ErrSnapshot is returned for every damaged or foreign snapshot.
var ErrSnapshot = errors.New("not a registry snapshot that this version can read")

// snapshotTables are the tables of a snapshot with their frame kinds. Kinds are
// for ever.
var snapshotTables = []struct {
	kind  byte
	table string
	empty func() any
}{

	{1, tableFederation, func() any { return new(federationRow) }},
	{2, tableMembers, func() any { return new(survey.Member) }},
	{3, tableOrganisations, func() any { return new(OrganisationRow) }},
	{4, tableIdentifiers, func() any { return new(identifierRow) }},
	{5, tableCampaigns, func() any { return new(survey.Campaign) }},
	{6, tableSupports, func() any { return new(supportRow) }},
	{7, tableClaims, func() any { return new(claimRow) }},
	{8, tableRequests, func() any { return new(requestRow) }},
	{20, tableTree, func() any { return new(Tree) }},
	{21, tableMerges, func() any { return new(mergeRow) }},
	{22, tableEvents, func() any { return new(eventRow) }},
	{23, tableRates, func() any { return new(rateRow) }},
	{32, tableStandings, func() any { return new(standingRow) }},
	{33, tableInvites, func() any { return new(inviteRow) }},
	{34, tableProposals, func() any { return new(proposalRow) }},
	{35, tableRecoveries, func() any { return new(survey.Recovery) }},
	{40, tableRevisions, func() any { return new(survey.Revision) }},
	{41, tableFinals, func() any { return new(finalRow) }},
	{42, tableInnovations, func() any { return new(survey.Innovation) }},
}

// snapshotEnd closes a snapshot.
type snapshotEnd struct {
	Rows uint64            `cbor:"1,keyasint"`
	Hash [sha256.Size]byte `cbor:"2,keyasint"`
}

// WriteSnapshot writes the state as the view sees it.
func WriteSnapshot(v View, to io.Writer) error {
	hashed := sha256.New()
	w := bufio.NewWriterSize(to, 64<<10)
	both := io.MultiWriter(w, hashed)
	header := binary.BigEndian.AppendUint16([]byte(snapshotMagic), snapshotFormat)
	if _, err := both.Write(header); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}

	var rows uint64
	for _, t := range snapshotTables {
		var failed error
		v.txn.Ascend(t.table, byKey, "", func(_ string, row any) bool {
			failed = writeFrame(both, t.kind, Encode(row))
			rows++
			return failed == nil
		})
		if failed != nil {
			return failed
		}
	}

	// The end is not part of its own hash.
	end := snapshotEnd{Rows: rows, Hash: [sha256.Size]byte(hashed.Sum(nil))}
	if err := writeFrame(w, frameEnd, Encode(end)); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

func writeFrame(w io.Writer, kind byte, data []byte) error {
	if len(data) > maxFrameBytes {
		return fmt.Errorf("write snapshot: a row of %d bytes is too large", len(data))
	}
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(data)))
	if _, err := w.Write(append(head, data...)); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

// snapshotReader reads frames and hashes them on the way.
type snapshotReader struct {
	from   *bufio.Reader
	hashed hash.Hash
	rows   uint64
}

// ReadSnapshot builds a new state. It returns an error wrapping ErrSnapshot for a cut or damaged
// snapshot, and one that wraps ErrNeedsUpgrade too for a whole snapshot of a newer version.
func ReadSnapshot(from io.Reader) (*State, error) {
	r := &snapshotReader{from: bufio.NewReaderSize(from, 64<<10), hashed: sha256.New()}
	if err := r.header(); err != nil {
		return nil, err
	}

	s := NewState()
	txn := s.db.Write()
	defer txn.Abort()
	w := &organisationWork{}
	w.View = View{txn}
	texts := interner{}
	var unknown error // the first unreadable row: only the end tells damage from a newer version

	for {
		kind, data, err := r.frame()
		if err != nil {
			return nil, err
		}
		if kind == frameEnd {
			break
		}
		if unknown == nil {
			unknown = w.restoreRow(kind, data, texts)
		}
		r.rows++
	}

	if unknown != nil {
		return nil, fmt.Errorf("%w: %w", unknown, ErrNeedsUpgrade)
	}

	w.derive()
	txn.Commit()
	return s, nil
}

func (r *snapshotReader) header() error {
	header := make([]byte, len(snapshotMagic)+2)
	if _, err := io.ReadFull(r.from, header); err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	r.hashed.Write(header)
	if !bytes.HasPrefix(header, []byte(snapshotMagic)) {
		return fmt.Errorf("%w: it does not begin like one", ErrSnapshot)
	}
	if format := binary.BigEndian.Uint16(header[len(snapshotMagic):]); format != snapshotFormat {
		return fmt.Errorf("%w: its format is %d, this version reads %d", ErrSnapshot, format, snapshotFormat)
	}
	return nil
}

// frame reads the next frame; at the last one it checks the number of rows and
// the hash.
func (r *snapshotReader) frame() (byte, []byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r.from, head); err != nil {
		return 0, nil, fmt.Errorf("%w: it is cut: %w", ErrSnapshot, err)
	}

	length := binary.BigEndian.Uint32(head[1:])
	// Checked before memory is taken for it.
	if length > maxFrameBytes {
		return 0, nil, fmt.Errorf("%w: a row of %d bytes", ErrSnapshot, length)
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(r.from, data); err != nil {
		return 0, nil, fmt.Errorf("%w: it is cut: %w", ErrSnapshot, err)
	}

	if head[0] != frameEnd {
		r.hashed.Write(head)
		r.hashed.Write(data)
		return head[0], data, nil
	}

	var end snapshotEnd
	if err := Decode(data, &end); err != nil {
		return 0, nil, fmt.Errorf("%w: its end: %w", ErrSnapshot, err)
	}
	if end.Rows != r.rows || end.Hash != [sha256.Size]byte(r.hashed.Sum(nil)) {
		return 0, nil, fmt.Errorf("%w: its checksum does not match: it is damaged", ErrSnapshot)
	}
	return frameEnd, nil, nil
}

func (w *organisationWork) restoreRow(kind byte, data []byte, texts interner) error {
	for _, t := range snapshotTables {
		if t.kind != kind {
			continue
		}
		row := t.empty()
		if err := Decode(data, row); err != nil {
			return fmt.Errorf("%w: a row of table %s: %w", ErrSnapshot, t.table, err)
		}
		// A name's key is not written.
		if o, ok := row.(*OrganisationRow); ok {
			for i := range o.Names {
				o.Names[i] = newNameRecord(o.Names[i].Name, o.Names[i].AsOf, o.Names[i].Former)
			}
		}
		w.internTexts(texts, row)
		w.insert(t.table, row)
		return nil
	}
	return fmt.Errorf("%w: unknown kind of row %d", ErrSnapshot, kind)
}

// derive restores the counts that a snapshot leaves out.
func (w *organisationWork) derive() {
	for c := range rowsFrom[survey.Campaign](w.txn, tableCampaigns, byKey, "") {
		w.insert(tableTallies, w.recount(c.Cycle))
	}

	sums := map[survey.Region]*requestSums{}
	for r := range rowsFrom[requestRow](w.txn, tableRequests, byKey, "") {
		l := sums[r.Origin]
		if l == nil {
			l = &requestSums{Origin: r.Origin, Oldest: r.At}
			sums[r.Origin] = l
		}
		l.Oldest = min(l.Oldest, r.At)
		l.Rows++
		l.Bytes += len(r.Outcomes)
	}

	for _, l := range sums { // into different rows, so the order is the same
		w.insert(tableRequestSums, l)
	}
}
