package store

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/ahsn-network/tracker/store/survey"
)

// Earlier software gave answers to whoever held a company next. Such copies are
// taken back as soon as the file is opened.
func TestCopiesThatNobodyAllowedAreTakenBack(t *testing.T) {
	options := Options{Path: filepath.Join(t.TempDir(), "records.db"), Region: "otv"}
	s, err := Open(options)
	if err != nil {
		t.Fatal(err)
	}
	key := sharingKey("2021-22", "GB-COH:99000001", "wessex")
	if err := s.write(context.Background(), func(t *txn) error {
		return t.Put(sharingBucket, key, sharingRecord{Version: 3, Told: 3, Number: 7})
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	if s, err = Open(options); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	list, err := s.Sharing(false)
	if err != nil || len(list) != 1 || list[0].To != survey.Region("wessex") || list[0].Version != 0 || list[0].Number <= 7 {
		t.Errorf("to be taken back: %+v %v", list, err)
	}
}
