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
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/disk"
	"github.com/ahsn-network/tracker/store/survey"
)

// Bounds of an unpacked backup.
const (
	maxFiles    = 100
	maxManifest = 1 << 20
)

// ErrNotWhole: the backup is damaged, truncated, or differs from its manifest.
var ErrNotWhole = errors.New("the backup is not whole")

// ReadIdentities reads private keys in age's own form.
func ReadIdentities(path string) ([]age.Identity, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	defer file.Close()
	identities, err := age.ParseIdentities(io.LimitReader(file, maxRecipients))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", survey.ErrInvalid, path, err)
	}
	return identities, nil
}

// Verify checks a backup without touching anything of the node. It decrypts the backup, compares
// every file with the manifest inside, opens the copy of the records and runs their whole check. It
// unpacks into a directory of its own below temporary and removes it. The error wraps ErrNotWhole,
// or survey.ErrInvalid for a key that does not fit.
func Verify(ctx context.Context, path string, identities []age.Identity, temporary string) (Manifest, error) {
	dir, err := os.MkdirTemp(temporary, "verify-")
	if err != nil {
		return Manifest{}, fmt.Errorf("verify %s: %w", path, err)
	}

	m, err := unpack(ctx, path, identities, dir)
	if err == nil {
		err = checkRecords(ctx, dir, m)
	}

	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		return Manifest{}, fmt.Errorf("verify %s: %w", path, err)
	}
	return m, nil
}

// Restore checks a backup and puts its files into dir. Dir must not hold any of them: Restore never
// overwrites a node's data. The registry is not in the backup: the node rejoins its federation
// afterwards. prepare gets the unpacked files in a directory of their own before any of them is
// moved; if it returns an error, none is.
func Restore(ctx context.Context, path string, identities []age.Identity, dir string, prepare func(dir string) error) (
	Manifest, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return Manifest{}, fmt.Errorf("restore %s: %w", path, err)
	}

	beside, err := os.MkdirTemp(dir, ".restore-")
	if err != nil {
		return Manifest{}, fmt.Errorf("restore %s: %w", path, err)
	}

	// Nothing is moved before everything is proved.
	m, err := unpack(ctx, path, identities, beside)
	if err == nil {
		err = checkRecords(ctx, beside, m)
	}
	if err == nil {
		err = prepare(beside)
	}
	if err == nil {
		err = moveFiles(m, beside, dir)
	}

	if err = errors.Join(err, os.RemoveAll(beside)); err != nil {
		return Manifest{}, fmt.Errorf("restore %s: %w", path, err)
	}
	return m, nil
}

func moveFiles(m Manifest, from, to string) error {
	for _, e := range m.Files {
		if _, err := os.Lstat(filepath.Join(to, e.Name)); !errors.Is(err, os.ErrNotExist) {
			return survey.Invalid("%s is there already: restore into an empty directory", filepath.Join(to, e.Name))
		}
	}

	for _, e := range m.Files {
		if err := os.Rename(filepath.Join(from, e.Name), filepath.Join(to, e.Name)); err != nil {
			return err
		}
	}
	return disk.OS{}.SyncDir(to)
}

// checkRecords opens the copy of the records and checks all of it.
func checkRecords(ctx context.Context, dir string, m Manifest) error {
	editions, _, err := store.ReadEditions(dir, m.Region)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotWhole, err)
	}

	options := store.Options{Path: filepath.Join(dir, recordsName), Region: m.Region, Editions: editions}
	records, err := store.Open(options)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotWhole, err)
	}

	report, err := records.Check(ctx)
	if err == nil && !report.Clean() {
		err = fmt.Errorf("%w: %s: %s", ErrNotWhole, report.Findings[0].Where, report.Findings[0].What)
	}
	return errors.Join(err, records.Close())
}

// unpack decrypts into dir and compares the files with the manifest.
func unpack(ctx context.Context, path string, identities []age.Identity, dir string) (Manifest, error) {
	file, err := os.Open(path)
	if err != nil {
		return Manifest{}, err
	}
	defer file.Close()

	opened, err := age.Decrypt(&contextReader{ctx, file}, identities...)
	var wrong *age.NoIdentityMatchError
	if errors.As(err, &wrong) {
		return Manifest{}, fmt.Errorf("%w: this key does not open it", survey.ErrInvalid)
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrNotWhole, err)
	}

	archive := tar.NewReader(opened)
	var found []Entry

	// The bound keeps a made-up archive from filling the disk with names.
	for len(found) <= maxFiles {
		header, err := archive.Next()
		if err != nil {
			return Manifest{}, fmt.Errorf("%w: it ends before its manifest (%w)", ErrNotWhole, err)
		}
		if header.Name == manifestName {
			return readManifestInside(archive, opened, found)
		}

		entry, err := unpackFile(archive, header, dir)
		if err != nil {
			return Manifest{}, err
		}
		found = append(found, entry)
	}
	return Manifest{}, fmt.Errorf("%w: it has more than %d files", ErrNotWhole, maxFiles)
}

func unpackFile(archive *tar.Reader, header *tar.Header, dir string) (Entry, error) {
	if header.Typeflag != tar.TypeReg || header.Name == "" || header.Name != filepath.Base(header.Name) ||
		strings.ContainsAny(header.Name, `/\:`) {
		return Entry{}, fmt.Errorf("%w: it holds a name that leads elsewhere", ErrNotWhole)
	}

	out, err := os.OpenFile(filepath.Join(dir, header.Name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return Entry{}, err
	}

	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, sum), archive)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return Entry{}, fmt.Errorf("%w: %s: %w", ErrNotWhole, header.Name, err)
	}
	return Entry{Name: header.Name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// readManifestInside reads the manifest and then to the end, where age proves that nothing was cut
// off.
func readManifestInside(archive *tar.Reader, opened io.Reader, found []Entry) (Manifest, error) {
	var m Manifest
	text, err := io.ReadAll(io.LimitReader(archive, maxManifest))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, opened)
	}

	if err != nil {
		return Manifest{}, fmt.Errorf("%w: its manifest cannot be read (%w)", ErrNotWhole, err)
	}

	if !slices.Equal(m.Files, found) {
		return Manifest{}, fmt.Errorf("%w: its files are not those of its manifest", ErrNotWhole)
	}
	return m, nil
}

// NewKey makes a private key file with mode 0600 and returns the public key. It never overwrites a
// file.
func NewKey(path string) (string, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("make a key for backups: %w", err)
	}

	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return "", fmt.Errorf("make a key for backups: %w", err)
	}

	_, err = fmt.Fprintf(file, "# public key: %s\n%s\n", identity.Recipient(), identity)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", fmt.Errorf("make a key for backups: %w", err)
	}
	return identity.Recipient().String(), nil
}
