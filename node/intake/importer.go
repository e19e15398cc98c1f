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
	maxRows    = 250_000              // of one list: all its rows are in memory at once
	maxUploads = 100                  // lists kept at a time
	maxListed  = 1000                 // problems and changes told one by one
	fileMode   = 0o600
	dirMode    = 0o700
	listSuffix = ".list"
	keptSuffix = ".json"
)

// ErrTooMany is the error for an upload while too many lists wait to be committed.
var ErrTooMany = survey.Invalid("too many uploaded lists are kept: commit some of them, or wait a day")

// ImportRecords are the region's own records, as imports need them. store.Imports implements it.
type ImportRecords interface {
	ImportRows(ctx context.Context, im survey.Import, rows []store.ImportRow, dryRun bool) (
		survey.Import, []store.RowOutcome, error)
	Import(id string) (survey.Import, error)
	Imports() ([]survey.Import, error)
	UndoImport(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error)
	Mapping(kind, shape string, into any) (bool, error)
	KeepMapping(ctx context.Context, kind, shape string, mapping any) error
}

// ImportRegistry is this node's copy of the registry, as imports need it.
type ImportRegistry interface {
	Organisation(survey.Identifier) (survey.Organisation, error)
	SearchOrganisations(text string, limit int) []survey.OrganisationMatch
	Campaign(survey.Cycle) (survey.Campaign, error)
	Campaigns() []survey.Campaign
	ClaimOf(survey.Cycle, survey.Identifier) (survey.Claim, error)
}

// Options of an importer. Open makes Dir, in which uploaded lists are kept.
type Options struct {
	Dir      string
	Region   survey.Region
	Records  ImportRecords
	Registry ImportRegistry
	Editions *survey.Editions // the questionnaires that this node knows; nil: the software's
	Logger   *slog.Logger
}

// Importer imports lists. All methods may be called at the same time. It works on one list at a
// time, so that one list bounds the memory.
type Importer struct {
	options Options
	log     *slog.Logger
	mu      sync.Mutex
	busy    chan struct{} // holds one value while a list is worked on
}

// Open makes an importer and removes lists that were kept for too long.
func Open(options Options) (*Importer, error) {
	if options.Dir == "" || options.Records == nil || options.Registry == nil {
		return nil, survey.Invalid("open the imports: a directory, records and a registry are needed")
	}
	if _, err := survey.ParseRegion(string(options.Region)); err != nil {
		return nil, fmt.Errorf("open the imports: %w", err)
	}

	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(options.Dir, dirMode); err != nil {
		return nil, fmt.Errorf("open the imports: %w", err)
	}

	imp := &Importer{options: options, log: options.Logger.With("component", "intake"), busy: make(chan struct{}, 1)}
	_, err := imp.sweep(time.Now())
	return imp, err
}

// keptList is the JSON that is kept beside an uploaded list.
type keptList struct {
	sheet.List
	Refused map[int]string // reasons by row
	Result  survey.Import
}

// Plan keeps the uploaded list, reads it and returns what committing it would do. A list that
// cannot be read to its end is not kept. A repeated id returns the result of the first call.
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

// Commit records a planned list, compared again with the registry and the records as they are now,
// and returns what this run did. It returns an error wrapping survey.ErrNotFound for an unknown or
// expired id. A list that was committed before is not recorded again: the first result comes back.
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

// Undo reverses a committed import; see [store.Imports.UndoImport].
func (imp *Importer) Undo(ctx context.Context, id string, actor uint64, at time.Time) (survey.Import, error) {
	return imp.options.Records.UndoImport(ctx, id, actor, at)
}

// Import returns a planned, committed or undone import, or an error wrapping survey.ErrNotFound.
// Its problems are known for a day.
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

// withDetails adds the columns, notes, problems and changes. They are kept beside the list, and the
// records keep only the counts.
func (imp *Importer) withDetails(id string, done survey.Import) survey.Import {
	if f, err := imp.kept(id); err == nil && done.State == survey.ImportCommitted {
		done.Columns, done.Notes, done.Problems = f.Result.Columns, f.Result.Notes, f.Result.Problems
		done.Changes, done.Truncated = f.Result.Changes, f.Result.Truncated
	}
	return done
}

// Imports returns all imports, the newest first.
func (imp *Importer) Imports() ([]survey.Import, error) { return imp.options.Records.Imports() }

func (imp *Importer) path(id, suffix string) string { return filepath.Join(imp.options.Dir, id+suffix) }

// storeUpload writes an upload to path, at most MaxUpload bytes of it.
func storeUpload(path string, upload io.Reader) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, fileMode)
	if err != nil {
		return fmt.Errorf("keep the list: %w", err)
	}

	// One byte more than allowed is read, to tell a list that is too long from one that just fits.
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
	// The id becomes a file's name, so it must not lead out of the directory.
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

// Forget removes every uploaded list at once, because somebody's data was erased and any list may
// hold it. Committed imports stay; plans are lost.
func (imp *Importer) Forget() error {
	_, err := imp.sweep(time.Now().Add(2 * keepTime))
	return err
}

// sweep removes lists that were kept for longer than keepTime and returns how many uploads are
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

		if now.Sub(info.ModTime()) <= keepTime {
			if suffix == listSuffix {
				left++
			}
			continue
		}
		err = os.Remove(filepath.Join(imp.options.Dir, entry.Name()))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("remove an uploaded list: %w", err)
		}
	}
	return left, nil
}
