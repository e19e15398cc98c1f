package backup_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/ahsn-network/tracker/node/backup"
	"github.com/ahsn-network/tracker/store"
	"github.com/ahsn-network/tracker/store/disk/disktest"
	"github.com/ahsn-network/tracker/store/survey"
)

var (
	crashRounds = flag.Int("crash-rounds", 20, "how often backups are killed, and lose power")
	crashSeed   = flag.Uint64("crash-seed", 0, "of the moments; 0: another one each time")
)

const (
	crashDir  = "BACKUP_TEST_CRASH_DIR" // names the directory of a child process
	crashKeep = 2                       // backups
)

// chance returns the random source of a test and logs how to repeat it.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *crashSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("again: go test -run %s -crash-rounds %d -crash-seed %d", t.Name(), *crashRounds, seed)
	return rand.New(rand.NewPCG(seed, uint64(len(t.Name()))))
}

// crashNode makes the directory of a node that has a public key.
func crashNode(t *testing.T) (dir string, identities []age.Identity) {
	t.Helper()
	dir = t.TempDir()
	keyFile := filepath.Join(t.TempDir(), "org.key")
	public, err := backup.NewKey(keyFile)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, backup.RecipientsFile), []byte(public+"\n"), 0o600)
	}
	if err == nil {
		identities, err = backup.ReadIdentities(keyFile)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, identities
}

func crashOptions(dir string, records backup.Records) backup.Options {
	return backup.Options{Dir: filepath.Join(dir, "backups"), Node: dir, Files: []string{backup.RecipientsFile}, Records: records, Region: "otv", Keep: crashKeep, Every: -1}
}

// crashStep records something and backs it up.
func crashStep(records *store.Store, keeper *backup.Service, n int) (backup.Manifest, error) {
	kind, err := survey.RecordTypeOf(survey.RecordNotes)
	if err != nil {
		return backup.Manifest{}, err
	}
	r, _, err := survey.ParseRecord(kind, "otv", []byte(fmt.Sprintf(`{"organisation": "GB-COH:99000001", "note": "step %d"}`, n)))
	if err != nil {
		return backup.Manifest{}, err
	}
	r.ID = survey.RecordID(survey.RecordNotes, strconv.Itoa(n))
	if _, _, err := records.AddRecord(context.Background(), store.RecordWrite{Record: r, At: time.Now()}); err != nil {
		return backup.Manifest{}, err
	}
	return keeper.Now(context.Background())
}

// acknowledged returns the backup that was made last, "" for none.
type acknowledged struct {
	name string
	made int64 // milliseconds
}

// leftWhole fails unless the last acknowledged backup exists (or as many newer ones as are kept),
// every listed backup is complete, and there are no other files.
func leftWhole(t *testing.T, dir string, identities []age.Identity, last acknowledged) {
	t.Helper()
	keeper, err := backup.Open(crashOptions(dir, nothing{}))
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	list, err := keeper.List()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	newer := 0
	for _, m := range list {
		if m.Made.UnixMilli() > last.made {
			newer++
		}
		names = append(names, m.Name, m.Name+".json")
		if _, err := backup.Verify(context.Background(), filepath.Join(dir, "backups", m.Name), identities, t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	if last.name != "" && newer < crashKeep && !slices.Contains(names, last.name) {
		t.Fatalf("%s was acknowledged and is not among %v", last.name, names)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "backups"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			t.Fatalf("%s lies about", e.Name())
		}
	}
}

// nothing is a node without records to back up.
type nothing struct{ backup.Records }

func TestBackupsKilledAtAnyMoment(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		backUpUntilKilled(t, dir)
		return
	}
	random := chance(t)
	dir, identities := crashNode(t)
	var last acknowledged
	steps := 0
	for range *crashRounds {
		child := exec.Command(os.Args[0], "-test.run=^TestBackupsKilledAtAnyMoment$")
		child.Env = append(os.Environ(), crashDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		said := func() bool {
			if !lines.Scan() {
				return false
			}
			if _, err := fmt.Sscanf(lines.Text(), "made %d %d %s", &steps, &last.made, &last.name); err != nil {
				t.Fatalf("child: %s", lines.Text())
			}
			return true
		}
		for n := random.IntN(4); n > 0 && said(); n-- {
		}
		spin := time.Now().Add(time.Duration(random.IntN(30_000)) * time.Microsecond)
		for time.Now().Before(spin) {
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for said() { // what was said before it died counts
		}
		_ = child.Wait() // it was killed
		records, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: "otv"})
		if err != nil {
			t.Fatal(err)
		}
		for n := range steps {
			if _, err := records.Record(survey.RecordNotes, survey.RecordID(survey.RecordNotes, strconv.Itoa(n+1))); err != nil {
				t.Fatalf("step %d of %d: %v", n+1, steps, err)
			}
		}
		if report, err := records.Check(context.Background()); err != nil || !report.Clean() {
			t.Fatalf("%+v %v", report, err)
		}
		if err := records.Close(); err != nil {
			t.Fatal(err)
		}
		leftWhole(t, dir, identities, last)
	}
	t.Logf("killed %d times, with %d backups made", *crashRounds, steps)
}

func backUpUntilKilled(t *testing.T, dir string) {
	records, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: "otv"})
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := backup.Open(crashOptions(dir, records))
	if err != nil {
		t.Fatal(err)
	}
	n := 1
	for ; ; n++ {
		if _, err := records.Record(survey.RecordNotes, survey.RecordID(survey.RecordNotes, strconv.Itoa(n))); err != nil {
			break
		}
	}
	for ; ; n++ {
		m, err := crashStep(records, keeper, n)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("made %d %d %s\n", n, m.Made.UnixMilli(), m.Name)
	}
}

// Whenever the power fails, a backup is complete or recognisably absent, and the last acknowledged
// one exists.
func TestPowerLossWhileBackingUp(t *testing.T) {
	random := chance(t)
	dir, identities := crashNode(t)
	records, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: "otv"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "backups"), 0o700); err != nil {
		t.Fatal(err)
	}
	lossy, err := disktest.New(filepath.Join(dir, "backups"), random)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := backup.Open(crashOptions(dir, records).On(lossy))
	if err != nil {
		t.Fatal(err)
	}
	var last acknowledged
	losses := 0
	lose := func(moment string) {
		losses++
		left := t.TempDir()
		if err := lossy.Leave(filepath.Join(left, "backups")); err != nil {
			t.Fatal(err)
		}
		leftWhole(t, left, identities, last)
		if t.Failed() {
			t.Log(moment)
		}
	}
	lossy.At = lose
	for n := 1; losses < *crashRounds; n++ {
		m, err := crashStep(records, keeper, n)
		if err != nil {
			t.Fatal(err)
		}
		last = acknowledged{m.Name, m.Made.UnixMilli()}
		lose("after " + m.Name)
	}
	t.Logf("power was lost %d times", losses)
	if report, err := records.Check(context.Background()); err != nil || !report.Clean() {
		t.Errorf("%+v %v", report, err)
	}
	if err := errors.Join(keeper.Close(), records.Close()); err != nil {
		t.Fatal(err)
	}
}

// If the disk refuses one operation, no half backup is left, and the next backup succeeds.
func TestABackupThatTheDiskRefuses(t *testing.T) {
	dir, identities := crashNode(t)
	if err := os.Mkdir(filepath.Join(dir, "backups"), 0o700); err != nil {
		t.Fatal(err)
	}
	records, err := store.Open(store.Options{Path: filepath.Join(dir, "records.db"), Region: "otv"})
	if err != nil {
		t.Fatal(err)
	}
	lossy, err := disktest.New(filepath.Join(dir, "backups"), chance(t))
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := backup.Open(crashOptions(dir, records).On(lossy))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the disk is broken")
	for n := 1; ; n++ {
		at, left := "", n
		lossy.Fail = func(moment string) error {
			if left--; left != 0 || strings.HasPrefix(moment, "remove") {
				return nil
			}
			at = moment
			return broken
		}
		_, err := crashStep(records, keeper, n)
		if left > 0 {
			break // there are no more things to refuse
		}
		if (at != "") != errors.Is(err, broken) {
			t.Errorf("%s: %v", at, err)
		}
		leftWhole(t, dir, identities, acknowledged{})
	}
	lossy.Fail = nil
	m, err := crashStep(records, keeper, 1000)
	if err != nil {
		t.Fatal(err)
	}
	leftWhole(t, dir, identities, acknowledged{m.Name, m.Made.UnixMilli()})
	if err := errors.Join(keeper.Close(), records.Close()); err != nil {
		t.Fatal(err)
	}
}
