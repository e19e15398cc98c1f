package intake

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
	"strings"
	"sync"
	"time"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/sheet"
	"github.com/ahsn-network/tracker/store/survey"
)

const (
	keepTime   = survey.ImportUndoFor // how long an uploaded list is kept
	MaxUpload  = 64 << 20             // bytes of one list
	maxRows    = 250_000              // of one list, which is in memory while it is worked on
	maxUploads = 100                  // lists kept at a time
	maxListed  = 1000                 // problems and changes told one by one
	fileMode   = 0o600
	dirMode    = 0o700
	listSuffix = ".list"
	keptSuffix = ".json"
)

// ErrTooMany: too many lists wait to be committed.
var ErrTooMany = fmt.Errorf("%w: too many uploaded lists are kept: commit some of them, or wait a day", survey.ErrInvalid)

// ImportRecords are the region's own lists: store.Imports has them.
type ImportRecords interface {
	ImportRows(ctx context.Context, im survey.Import, rows []store.ImportRow, dryRun bool) (survey.Import, []store.RowOutcome, error)
	Import(id string) (survey.Import, error)
	Imports() ([]survey.Import, error)
	UndoImport(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Mapping(kind, shape string, into any) (bool, error)
	KeepMapping(ctx context.Context, kind, shape string, mapping any) error
}

// ImportRegistry is this node's copy of it.
type ImportRegistry interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	SearchOrganisations(text string, limit int) []survey.OrganisationMatch
	Campaign(survey.Cycle) (survey.Campaign, error)
	Campaigns() []survey.Campaign
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
}

// Options of a desk. Dir is where uploaded lists are kept; it is made.
type Options struct {
	Dir      string
	Region   survey.Region
	Records  ImportRecords
	Registry ImportRegistry
	Editions *survey.Editions // what this node knows; nil: the software's
	Logger   *slog.Logger
}

// Importer takes lists in. All methods may be called at the same time; one list is
// worked on at a time, so that memory is bounded by one.
type Importer struct {
	options Options
	log     *slog.Logger
	mu      sync.Mutex
	busy    chan struct{}
}

// Open opens the desk and removes lists that were kept for too long.
func Open(options Options) (*Importer, error) {
	if options.Dir == "" || options.Records == nil || options.Registry == nil {
		return nil, fmt.Errorf("%w: open the desk for lists: a directory, records and a registry are needed", survey.ErrInvalid)
	}
	if _, err := survey.ParseRegion(string(options.Region)); err != nil {
		return nil, fmt.Errorf("open the desk for lists: %w", err)
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(options.Dir, dirMode); err != nil {
		return nil, fmt.Errorf("open the desk for lists: %w", err)
	}
	imp := &Importer{options: options, log: options.Logger.With("component", "intake"), busy: make(chan struct{}, 1)}
	_, err := imp.sweep(time.Now())
	return imp, err
}

// keptList are what is kept beside an uploaded list.
type keptList struct {
	sheet.List
	Refused map[int]string // reasons by row
	Result  survey.Import
}

// Plan keeps the uploaded list, reads it and says what committing it would do.
// A list that cannot be read to its end is not kept. The same id again returns
// what became of it.
func (imp *Importer) Plan(ctx context.Context, list sheet.List, upload io.Reader) (survey.Import, error) {
	if known, err := imp.Import(list.ID); err == nil {
		return known, nil
	}
	kept, err := imp.sweep(list.At)
	if err != nil {
		return survey.Import{}, err
	}
	if kept >= maxUploads {
		return survey.Import{}, ErrTooMany
	}
	path := imp.path(list.ID, listSuffix)
	if err := storeUpload(path, upload); err != nil {
		return survey.Import{}, fmt.Errorf("import %s: %w", list.Name, err)
	}
	result, err := imp.run(ctx, list, true)
	if err != nil {
		return survey.Import{}, errors.Join(err, os.Remove(path))
	}
	return result, nil
}

// Commit records a planned list, as the registry and the records are now. The
// result is that of this run. An unknown or expired id is survey.ErrNotFound;
// one that is committed already is returned as it is.
func (imp *Importer) Commit(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error) {
	if done, err := imp.options.Records.Import(id); err == nil {
		return imp.withDetails(id, done), nil
	}
	f, err := imp.kept(id)
	if err != nil {
		return survey.Import{}, err
	}
	f.Actor, f.At = actor, at
	return imp.run(ctx, f.List, false)
}

// Undo takes a committed import back; see [store.Store.UndoImport].
func (imp *Importer) Undo(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error) {
	return imp.options.Records.UndoImport(ctx, id, actor, at)
}

// Import returns a planned, committed or undone import, or an error wrapping
// survey.ErrNotFound. Its problems are listed for a day.
func (imp *Importer) Import(id string) (survey.Import, error) {
	done, err := imp.options.Records.Import(id)
	if err == nil {
		return imp.withDetails(id, done), nil
	}
	f, err := imp.kept(id)
	if err != nil {
		return survey.Import{}, err
	}
	return f.Result, nil
}

// withDetails adds what is only kept beside the list.
func (imp *Importer) withDetails(id string, done survey.Import) survey.Import {
	if f, err := imp.kept(id); err == nil && done.State == survey.ImportCommitted {
		done.Columns, done.Notes, done.Problems, done.Changes, done.Truncated = f.Result.Columns, f.Result.Notes, f.Result.Problems, f.Result.Changes, f.Result.Truncated
	}
	return done
}

// Imports returns what was imported, the newest first.
func (imp *Importer) Imports() ([]survey.Import, error) { return imp.options.Records.Imports() }

func (imp *Importer) path(id, suffix string) string { return filepath.Join(imp.options.Dir, id+suffix) }

// storeUpload writes an upload to the disk, up to the bound.
func storeUpload(path string, upload io.Reader) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return fmt.Errorf("keep the list: %w", err)
	}
	n, err := io.Copy(file, io.LimitReader(upload, MaxUpload+1))
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil && n > MaxUpload {
		err = fmt.Errorf("%w: %w: a list may have %d MiB: split it", survey.ErrInvalid, sheet.ErrLimit, MaxUpload>>20)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep the list: %w", err), os.Remove(path))
	}
	return nil
}

func (imp *Importer) kept(id string) (keptList, error) {
	var f keptList
	if strings.ContainsAny(id, "/\\.") || id == "" {
		return f, fmt.Errorf("import: %w", survey.ErrNotFound)
	}
	text, err := os.ReadFile(imp.path(id, keptSuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return f, fmt.Errorf("import %s: %w", id, survey.ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		return f, fmt.Errorf("import %s: %w", id, err)
	}
	return f, nil
}

func (imp *Importer) storeKept(f keptList) error {
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("keep the result of %s: %w", f.Name, err)
	}
	if err := os.WriteFile(imp.path(f.ID, keptSuffix), text, fileMode); err != nil {
		return fmt.Errorf("keep the result of %s: %w", f.Name, err)
	}
	return nil
}

// Forget removes every uploaded list now: somebody's data was erased, and any
// of them may hold it. What was imported stays; plans that were not committed
// are gone.
func (imp *Importer) Forget() error {
	_, err := imp.sweep(time.Now().Add(2 * keepTime))
	return err
}

// sweep removes lists that were kept for long enough and returns how many are
// left.
func (imp *Importer) sweep(now time.Time) (int, error) {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	entries, err := os.ReadDir(imp.options.Dir)
	if err != nil {
		return 0, fmt.Errorf("look through the uploaded lists: %w", err)
	}
	left := 0
	for _, entry := range entries {
		info, err := entry.Info()
		suffix := filepath.Ext(entry.Name())
		if err != nil || suffix != listSuffix && suffix != keptSuffix && suffix != filledSuffix {
			continue
		}
		if now.Sub(info.ModTime()) > keepTime {
			if err := os.Remove(filepath.Join(imp.options.Dir, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return 0, fmt.Errorf("remove an uploaded list: %w", err)
			}
		} else if suffix == listSuffix {
			left++
		}
	}
	return left, nil
}
