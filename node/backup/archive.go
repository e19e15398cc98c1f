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

// write makes the encrypted file and its manifest. Each is on the disk before it
// gets its name, and the encrypted file gets its name last: a backup is whole
// when it is there under its own name. The copy of the records lies beside it
// meanwhile, for the tar format wants to know sizes first.
func (k *Keeper) write(ctx context.Context, m *Manifest, recipients []age.Recipient) (err error) {
	path := filepath.Join(k.options.Dir, m.Name)
	copied := path + ".records" + partial
	defer func() { err = errors.Join(err, k.gone(copied), k.gone(path+partial)) }()
	if err := k.copyRecords(ctx, copied); err != nil {
		return err
	}
	sum := sha256.New()
	m.Bytes, err = k.durable(path+partial, func(w io.Writer) error { return k.seal(ctx, m, recipients, copied, io.MultiWriter(w, sum)) })
	if err != nil {
		return err
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := k.writeManifest(path+manifestSuffix, m); err != nil {
		return err
	}
	if err := k.options.disk.Rename(path+partial, path); err != nil {
		return errors.Join(err, k.gone(path+manifestSuffix))
	}
	return k.options.disk.SyncDir(k.options.Dir)
}

// writeManifest makes a manifest durable, with its name.
func (k *Keeper) writeManifest(path string, m *Manifest) (err error) {
	defer func() { err = errors.Join(err, k.gone(path+partial)) }()
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	_, err = k.durable(path+partial, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if err == nil {
		err = k.options.disk.Rename(path+partial, path)
	}
	if err == nil {
		err = k.options.disk.SyncDir(k.options.Dir)
	}
	return err
}

// durable makes a file of what fill writes, and returns its size in bytes. Its
// bytes are on the disk then, its name not yet.
func (k *Keeper) durable(path string, fill func(io.Writer) error) (int64, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return 0, err
	}
	err = fill(file)
	if err == nil {
		err = k.options.disk.Sync(path, file)
	}
	info, statErr := file.Stat()
	if err = errors.Join(err, statErr, file.Close()); err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// gone removes a file that may not be there.
func (k *Keeper) gone(path string) error {
	if err := k.options.disk.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (k *Keeper) copyRecords(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	_, err = k.options.Records.Backup(ctx, file)
	return errors.Join(err, file.Close())
}

// seal writes the archive, encrypted.
func (k *Keeper) seal(ctx context.Context, m *Manifest, recipients []age.Recipient, records string, w io.Writer) error {
	sealed, err := age.Encrypt(w, recipients...)
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	archive := tar.NewWriter(sealed)
	if err := add(ctx, archive, m, recordsName, records); err != nil {
		return err
	}
	for _, name := range k.options.Files {
		err := add(ctx, archive, m, name, filepath.Join(k.options.Node, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := archive.WriteHeader(&tar.Header{Name: manifestName, Mode: fileMode, Size: int64(len(text)), ModTime: m.Made}); err != nil {
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
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: fileMode, Size: info.Size(), ModTime: info.ModTime().Truncate(time.Second)}); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(archive, sum), io.LimitReader(&patient{ctx, file}, info.Size()))
	if err != nil {
		return err
	}
	if n != info.Size() {
		return fmt.Errorf("%s became shorter while it was copied", name)
	}
	m.Files = append(m.Files, Entry{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// patient reads until its caller has gone.
type patient struct {
	ctx  context.Context
	from io.Reader
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.from.Read(b)
}
