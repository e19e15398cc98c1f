package companieshouse

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"sort"
	"sync"

	"github.com/ahsn-network/tracker/store/survey"
)

// maxRecord bounds one company's record.
const maxRecord = 64 << 10

// Lookup reads a look-up file. It notices when the file is replaced, appears or disappears. Its
// methods are safe for concurrent use.
type Lookup struct {
	path string

	mu    sync.Mutex
	file  *os.File // nil while there is none
	info  fs.FileInfo
	start int64 // of the index
	about About
}

// Open returns a reader of the look-up file at path, which need not exist yet.
func Open(path string) *Lookup { return &Lookup{path: path} }

// Close closes the file.
func (l *Lookup) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drop()
}

// About describes the file. ok is false if there is none. An error means that the file is damaged,
// and names the command that makes it again.
func (l *Lookup) About() (about About, ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err = l.refresh()
	return l.about, l.file != nil, err
}

// Company returns the register's entry of the company with this number. ok is false if there is no
// file, the identifier is no company number, or the register of live companies does not have it.
// asOf is the register's day.
func (l *Lookup) Company(id survey.Identifier) (c Company, asOf string, ok bool, err error) {
	if id.Scheme() != survey.SchemeCompany || len(id.ID()) != numberLen {
		return Company{}, "", false, nil
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.refresh(); err != nil || l.file == nil {
		return Company{}, "", false, err
	}
	c, ok, err = l.find(id)
	return c, l.about.AsOf, ok, err
}

func (l *Lookup) find(id survey.Identifier) (Company, bool, error) {
	number := []byte(id.ID())
	var line [entrySize]byte
	var failed error
	n := int(l.about.Companies)
	i := sort.Search(n, func(i int) bool {
		if _, err := l.file.ReadAt(line[:], l.start+int64(i)*entrySize); err != nil {
			failed = err
			return true
		}
		return bytes.Compare(line[:numberLen], number) >= 0
	})

	// The search ends at the first number that is not smaller.
	if failed == nil && i < n {
		_, failed = l.file.ReadAt(line[:], l.start+int64(i)*entrySize)
	}
	if failed != nil {
		return Company{}, false, l.damaged(failed)
	}

	if i == n || !bytes.Equal(line[:numberLen], number) {
		return Company{}, false, nil
	}

	c, err := l.record(int64(binary.BigEndian.Uint64(line[numberLen:])))
	if err == nil && c.ID != id {
		err = errors.New("the index points at another company")
	}
	if err != nil {
		return Company{}, false, l.damaged(err)
	}
	return c, true, nil
}

func (l *Lookup) record(offset int64) (Company, error) {
	if offset < int64(len(magic)) || offset >= l.start {
		return Company{}, errors.New("the index points outside the records")
	}

	// The length has at most ten bytes, and the records end at the index.
	head := make([]byte, min(binary.MaxVarintLen64, int(l.start-offset)))
	if _, err := l.file.ReadAt(head, offset); err != nil {
		return Company{}, err
	}
	size, n := binary.Uvarint(head)
	if n <= 0 || size > maxRecord || offset+int64(n)+int64(size)+sumSize > l.start {
		return Company{}, errors.New("a record has no length")
	}

	text := make([]byte, size+sumSize)
	if _, err := l.file.ReadAt(text, offset+int64(n)); err != nil {
		return Company{}, err
	}

	text, sum := text[:size], text[size:]
	if binary.BigEndian.Uint32(sum) != crc32.ChecksumIEEE(text) {
		return Company{}, errors.New("a record does not match its checksum")
	}
	var c Company
	return c, json.Unmarshal(text, &c)
}

// refresh opens the present file if it is another one than before.
func (l *Lookup) refresh() error {
	info, err := os.Stat(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return l.drop()
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", FileName, err)
	}

	if l.file != nil && os.SameFile(info, l.info) {
		return nil
	}

	// The old file is closed first: its index does not fit the new one.
	if err := l.drop(); err != nil {
		return err
	}

	file, err := os.Open(l.path)
	if err != nil {
		return fmt.Errorf("open %s: %w", FileName, err)
	}

	about, start, err := foot(file, info.Size())
	if err != nil {
		return errors.Join(l.damaged(err), file.Close())
	}
	l.file, l.info, l.start, l.about = file, info, start, about
	return nil
}

func (l *Lookup) drop() error {
	file := l.file
	l.file, l.info, l.start, l.about = nil, nil, 0, About{}
	if file == nil {
		return nil
	}
	return file.Close()
}

// foot checks the end of a look-up file and returns its description and the start of the index.
func foot(file io.ReaderAt, size int64) (about About, start int64, err error) {
	if size < int64(len(magic))+footSize {
		return About{}, 0, errors.New("it is too short")
	}
	head := make([]byte, len(magic))
	end := make([]byte, footSize)

	if _, err := file.ReadAt(head, 0); err != nil {
		return About{}, 0, err
	}
	if _, err := file.ReadAt(end, size-footSize); err != nil {
		return About{}, 0, err
	}

	// Checked against the size before they are used as offsets.
	first, n := binary.BigEndian.Uint64(end), binary.BigEndian.Uint64(end[8:])
	if string(head) != magic || first > uint64(size) || n > uint64(size)/entrySize ||
		int64(first)+int64(n)*entrySize+footSize != size {
		return About{}, 0, errors.New("it does not have the form of one")
	}

	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(file, int64(first), int64(n)*entrySize)); err != nil {
		return About{}, 0, err
	}
	sum.Write(end[:footSize-sha256.Size])
	if !bytes.Equal(sum.Sum(nil), end[footSize-sha256.Size:]) {
		return About{}, 0, errors.New("its index does not match its checksum")
	}
	return About{Companies: int64(n), AsOf: string(end[16:26])}, int64(first), nil
}

func (l *Lookup) damaged(why error) error {
	return fmt.Errorf("%s is damaged (%w): make it again with \"tracker import companies-house\"; nothing else uses it",
		FileName, why)
}
