package node

import (
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/survey"
)

// openRecords opens a region's records with the questionnaires, definitions
// and the region's own that lie beside them: answers are read and counted by
// those.
func openRecords(dir string, region survey.Region, logger *slog.Logger) (*store.Store, error) {
	editions, _, err := store.ReadEditions(dir, region)
	if err != nil {
		return nil, fmt.Errorf("open the records: %w", err)
	}
	records, err := store.Open(store.Options{Path: filepath.Join(dir, RecordsFile), Region: region,
		Editions: editions, Logger: logger})
	if err != nil {
		return nil, fmt.Errorf("open the records: %w", err)
	}
	return records, nil
}
