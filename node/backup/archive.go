package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
)

const (
	recordsName  = "records.db"
	manifestName = "manifest.json"
)

// write makes the encrypted file and its manifest. Both are on the disk before they get their
// names, and the encrypted file gets its name last: a backup with its own name is complete. The
// copy of the records is kept beside it meanwhile, because the tar format needs sizes first.
func (s *Service) write(ctx context.Context, m *Manifest, recipients []age.Recipient) (err error) {
	path := filepath.Join(s.options.Dir, m.Name)
	copied := path + ".records" + partial
	defer func() { err = errors.Join(err, s.remove(copied), s.remove(path+partial)) }()

	if err := s.copyRecords(ctx, copied); err != nil {
		return err
	}

	sum := sha256.New()
	m.Bytes, err = s.writeFile(path+partial, func(w io.Writer) error {
		return s.encrypt(ctx, m, recipients, copied, io.MultiWriter(w, sum))
	})
	if err != nil {
		return err
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))

	if err := s.writeManifest(path+manifestSuffix, m); err != nil {
		return err
	}

	// The manifest alone would be listed as nothing, but it would stay until the next start.
	if err := s.options.disk.Rename(path+partial, path); err != nil {
		return errors.Join(err, s.remove(path+manifestSuffix))
	}

	return s.options.disk.SyncDir(s.options.Dir)
}

// writeManifest writes a manifest durably, under its name.
func (s *Service) writeManifest(path string, m *Manifest) (err error) {
	defer func() { err = errors.Join(err, s.remove(path+partial)) }()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}

	_, err = s.writeFile(path+partial, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if err == nil {
		err = s.options.disk.Rename(path+partial, path)
	}
	if err == nil {
		err = s.options.disk.SyncDir(s.options.Dir)
	}
	return err
}

// writeFile makes a file of the bytes that fill writes and returns its size. The bytes are then on
// the disk; the name is not durable yet.
func (s *Service) writeFile(path string, fill func(io.Writer) error) (int64, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return 0, err
	}

	err = fill(file)
	if err == nil {
		err = s.options.disk.Sync(path, file)
	}

	// Close reports errors of writing, so it is looked at on every path.
	info, statErr := file.Stat()
	if err = errors.Join(err, statErr, file.Close()); err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// remove removes a file that may not exist.
func (s *Service) remove(path string) error {
	if err := s.options.disk.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *Service) copyRecords(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = s.options.Records.Backup(ctx, file)
	return errors.Join(err, file.Close())
}

// encrypt writes the encrypted archive.
func (s *Service) encrypt(ctx context.Context, m *Manifest, recipients []age.Recipient, records string,
	w io.Writer) error {
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}

	archive := tar.NewWriter(sealed)
	if err := add(ctx, archive, m, recordsName, records); err != nil {
		return err
	}

	// A node need not have every file, such as settings that were never written.
	for _, name := range s.options.Files {
		err := add(ctx, archive, m, name, filepath.Join(s.options.Node, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}

	// The manifest comes last, because only then are the sums of all files known.
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	header := &tar.Header{Name: manifestName, Mode: fileMode, Size: int64(len(text)), ModTime: m.Made}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	if _, err := archive.Write(text); err != nil {
		return err
	}

	return errors.Join(archive.Close(), sealed.Close())
}

func add(ctx context.Context, archive *tar.Writer, m *Manifest, name, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()

	info, err := file.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: fileMode, Size: info.Size(), ModTime: info.ModTime().Truncate(time.Second)}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}

	// A file may grow while it is copied; its header promised the size of before.
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(archive, sum), io.LimitReader(&contextReader{ctx, file}, info.Size()))
	if err != nil {
		return err
	}

	if n != info.Size() {
		return fmt.Errorf("%s became shorter while it was copied", name)
	}
	m.Files = append(m.Files, Entry{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// contextReader reads until ctx ends.
type contextReader struct {
	ctx  context.Context
	from io.Reader
}

// Read implements io.Reader.
func (p *contextReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.from.Read(b)
}
