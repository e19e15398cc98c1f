package registry_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/ahsn-network/tracker/federation/registry/receipt"
	"github.com/ahsn-network/tracker/federation/registry/state"
	"github.com/ahsn-network/tracker/store/raftlog"
)

// TestALogOfAnEarlierBuild: the log of a node that build 6095189 ran through two
// campaigns of a demo is opened as it is, and replayed. The root that follows is
// the one that the earlier build signed in the receipt of its last claim.
func TestALogOfAnEarlierBuild(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.db")
	unpack(t, "testdata/earlier/log.db.gz", path)
	log, err := raftlog.Open(path, raftlog.Options{OwnReplay: true})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()

	// All of it: the last entry's commit would have been written with the next one.
	last, err := log.LastIndex()
	if err != nil {
		t.Fatal(err)
	}
	replayed := state.NewState()
	for i := uint64(1); i <= last; i++ {
		var e raft.Log
		if err := log.GetLog(i, &e); err != nil {
			t.Fatal(err)
		}
		if e.Type != raft.LogCommand {
			continue
		}
		if _, err := replayed.Apply(e.Data, state.VerifyRow); err != nil {
			t.Fatalf("entry %d: %v", i, err)
		}
	}

	text, err := os.ReadFile("testdata/earlier/receipt.json")
	if err != nil {
		t.Fatal(err)
	}
	proof, err := receipt.Verify(text, nil)
	if err != nil {
		t.Fatalf("the earlier build's receipt: %v", err)
	}
	if got := replayed.View().Number(); got != proof.Number {
		t.Errorf("the log ends at change %d, the receipt is of its last one, %d", got, proof.Number)
	}
	tree := replayed.View().Tree()
	if signed := fmt.Sprintf("%d\n%s\n", tree.Size, tree.Root()); !strings.Contains(proof.Checkpoint, "\n"+signed) {
		t.Errorf("replayed:\n%ssigned:\n%s", signed, proof.Checkpoint)
	}

	// A receipt with another outcome is refused.
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	file["number"] = proof.Number + 1
	if text, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	if _, err := receipt.Verify(text, nil); err == nil {
		t.Error("a receipt that names another number is verified")
	}
}

// unpack writes a compressed file of testdata to path.
func unpack(t *testing.T, packed, path string) {
	t.Helper()
	f, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
