// Package backup makes encrypted copies of the data that only this node has (the region's own
// records, its key, its settings) and restores them.
//
// Start from [Open] and [Service.Now]. [Verify] checks a copy, and [Restore] puts it into a
// directory. The node holds only the organisation's public age key, so stolen backups reveal
// nothing. Without the private key they are worthless, so it belongs with the organisation's other
// secrets.
//
// Imports store, store/disk, store/survey.
package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"github.com/ahsn-network/tracker/store/disk"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	// RecipientsFile, in the node's directory, holds the organisation's public age keys, one on a
	// line.
	RecipientsFile = "backup.recipients"
	// DefaultKeep is how many backups are kept, DefaultEvery how often one is made.
	DefaultKeep  = 14
	DefaultEvery = 24 * time.Hour

	suffix         = ".tar.age"
	manifestSuffix = ".json"
	partial        = ".partial"
	fileMode       = 0o600
	dirMode        = 0o700
	stampForm      = "20060102T150405Z"
	firstAfter     = time.Minute // after the node started
	maxRecipients  = 64 << 10
)

// ErrNoKey: there is no public key to encrypt to.
var ErrNoKey = fmt.Errorf("%w: no key to encrypt backups to: put the organisation's public age key into %s "+
	"(\"tracker backup key\" makes one)", survey.ErrInvalid, RecipientsFile)

// Records can be copied while they are in use. *store.Store implements it.
type Records interface {
	Backup(ctx context.Context, w io.Writer) (int64, error)
}

// Options of the backups. Node is the node's directory; those of Files that exist in it go into
// each backup. Backups go into Dir.
type Options struct {
	Dir     string
	Node    string
	Files   []string
	Records Records
	Region  survey.Region
	Version string
	Keep    int           // 0: DefaultKeep
	Every   time.Duration // 0: DefaultEvery; negative: never by itself
	Logger  *slog.Logger

	disk disk.Disk // of tests; nil: the machine's own
}

// Service makes backups, on a schedule and on demand.
type Service struct {
	options Options
	log     *slog.Logger
	busy    chan struct{}
	cancel  context.CancelFunc
	owned   sync.WaitGroup
}

// Open starts the schedule and removes the files that an interrupted backup left.
func Open(options Options) (*Service, error) {
	if options.Dir == "" || options.Node == "" || options.Records == nil {
		return nil, fmt.Errorf("%w: open the backups: directories and records are needed", survey.ErrInvalid)
	}

	if options.Keep <= 0 {
		options.Keep = DefaultKeep
	}
	if options.Every == 0 {
		options.Every = DefaultEvery
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.disk == nil {
		options.disk = disk.OS{}
	}

	ctx, cancel := context.WithCancel(context.Background())
	log := options.Logger.With("component", "backup")
	s := &Service{options: options, log: log, busy: make(chan struct{}, 1), cancel: cancel}
	if err := s.prepare(); err != nil {
		cancel()
		return nil, fmt.Errorf("open the backups: %w", err)
	}

	if options.Every > 0 {
		s.owned.Go(func() { s.schedule(ctx) })
	}
	return s, nil
}

// prepare makes the directory and removes the files of interrupted backups: those without their
// final name, and manifests without their backup.
func (s *Service) prepare() error {
	dir := s.options.Dir
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return err
	}

	left, err := filepath.Glob(filepath.Join(dir, "*"+partial))
	if err != nil {
		return err
	}
	manifests, err := filepath.Glob(filepath.Join(dir, "*"+suffix+manifestSuffix))
	if err != nil {
		return err
	}
	for _, path := range manifests {
		if _, err := os.Stat(strings.TrimSuffix(path, manifestSuffix)); errors.Is(err, fs.ErrNotExist) {
			left = append(left, path)
		}
	}

	for _, path := range left {
		if err := s.remove(path); err != nil {
			return err
		}
	}

	// The directory itself may be new.
	return s.options.disk.SyncDir(filepath.Dir(dir))
}

// Close stops the schedule, cancels a running backup and waits for its end.
func (s *Service) Close() error {
	s.cancel()
	s.owned.Wait()
	return nil
}

// schedule makes a backup whenever the newest is old enough.
func (s *Service) schedule(ctx context.Context) {
	wait := firstAfter
	for {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}

		wait = s.due(time.Now())
		if wait > 0 {
			continue
		}

		wait = s.options.Every
		_, err := s.Now(ctx)
		switch {
		case errors.Is(err, ErrNoKey):
			s.log.Warn("no backups are made", "error", err)
		case err != nil && ctx.Err() == nil:
			s.log.Error("the backup was not made", "error", err)

			// A disk that is full for a while should not cost a whole day.
			wait = min(time.Hour, s.options.Every)
		}
	}
}

// due returns for how long no new backup is needed.
func (s *Service) due(now time.Time) time.Duration {
	list, err := s.List()
	if err != nil || len(list) == 0 {
		return 0
	}
	return list[0].Made.Add(s.options.Every).Sub(now)
}

// Manifest describes a backup. The same text is inside the backup, as its last file.
type Manifest struct {
	Name    string        `json:"name"`
	Region  survey.Region `json:"region"`
	Version string        `json:"version"`
	Made    time.Time     `json:"made"`
	Files   []Entry       `json:"files"`
	Bytes   int64         `json:"bytes,omitempty"`  // of the encrypted file
	SHA256  string        `json:"sha256,omitempty"` // of the encrypted file
}

// Entry is one file of a backup.
type Entry struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Now makes a backup while the node works on, and removes the oldest ones beyond Options.Keep. The
// backup is complete and on the disk when Now returns; an interrupted one leaves nothing. It
// returns ErrNoKey without a public key. It waits for another backup to end, because only one is
// made at a time.
func (s *Service) Now(ctx context.Context) (Manifest, error) {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return Manifest{}, fmt.Errorf("make a backup: %w", context.Cause(ctx))
	}

	recipients, err := ReadRecipients(filepath.Join(s.options.Node, RecipientsFile))
	if err != nil {
		return Manifest{}, err
	}

	now := time.Now().UTC().Truncate(time.Millisecond)
	m := Manifest{Name: s.name(now), Region: s.options.Region, Version: s.options.Version, Made: now}
	if err := s.write(ctx, &m, recipients); err != nil {
		return Manifest{}, fmt.Errorf("make a backup: %w", err)
	}

	s.log.Info("a backup was made", "file", m.Name, "bytes", m.Bytes)
	return m, s.rotate()
}

// name returns a name that is free: a second may have several backups.
func (s *Service) name(now time.Time) string {
	stem := fmt.Sprintf("%s-%s", s.options.Region, now.Format(stampForm))
	name := stem + suffix
	for n := 2; ; n++ {
		if _, err := os.Lstat(filepath.Join(s.options.Dir, name)); err != nil {
			return name
		}
		name = fmt.Sprintf("%s-%d%s", stem, n, suffix)
	}
}

// List returns the backups, the newest first. It leaves out those that are not complete: without a
// manifest, or of another length than their manifest says.
func (s *Service) List() ([]Manifest, error) {
	paths, err := filepath.Glob(filepath.Join(s.options.Dir, "*"+suffix+manifestSuffix))
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}

	list := make([]Manifest, 0, len(paths))
	for _, path := range paths {
		m, err := readManifest(path)
		if err != nil {
			return nil, err
		}

		// An interrupted rotation removes the backup before its manifest.
		info, err := os.Stat(strings.TrimSuffix(path, manifestSuffix))
		if err == nil && info.Size() == m.Bytes {
			list = append(list, m)
		}
	}

	slices.SortFunc(list, func(a, b Manifest) int { return b.Made.Compare(a.Made) })
	return list, nil
}

func readManifest(path string) (Manifest, error) {
	var m Manifest
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read the manifest %s: %w", path, err)
	}
	return m, nil
}

// rotate removes the oldest backups beyond Options.Keep, each before its manifest: a manifest alone
// is not listed, but a backup alone would stay for ever.
func (s *Service) rotate() error {
	list, err := s.List()
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(list[min(len(list), s.options.Keep):]) {
		path := filepath.Join(s.options.Dir, filepath.Base(m.Name))
		err := s.remove(path)

		// The removal must be durable before the manifest goes.
		if err == nil {
			err = s.options.disk.SyncDir(s.options.Dir)
		}
		if err == nil {
			err = s.remove(path + manifestSuffix)
		}
		if err != nil {
			return fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return nil
}

// ReadRecipients reads public keys in age's own form. It returns ErrNoKey if the file does not
// exist or holds no key.
func ReadRecipients(path string) ([]age.Recipient, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && strings.TrimSpace(string(text)) == "" {
		return nil, ErrNoKey
	}
	if err != nil {
		return nil, fmt.Errorf("read the keys to encrypt backups to: %w", err)
	}
	if len(text) > maxRecipients {
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", survey.ErrInvalid, path, maxRecipients)
	}

	recipients, err := age.ParseRecipients(strings.NewReader(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", survey.ErrInvalid, path, err)
	}
	return recipients, nil
}
