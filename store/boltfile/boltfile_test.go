package boltfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

const bucket boltfile.Bucket = "things"

func options(path string) boltfile.Options {
	return boltfile.Options{Path: path, Format: boltfile.Format{Version: 1, Kind: "things", Region: "otv"}, Buckets: []boltfile.Bucket{bucket}}
}

func open(t *testing.T, path string) *boltfile.File {
	t.Helper()
	f, err := boltfile.Open(options(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func put(t *testing.T, f *boltfile.File, keys ...string) {
	t.Helper()
	err := f.Update(func(tx *boltfile.Tx) error {
		for _, key := range keys {
			if err := tx.Put(bucket, []byte(key), "of "+key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// listed returns the values whose keys begin with prefix, as each shows them.
func listed(t *testing.T, f *boltfile.File, each func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error) string {
	t.Helper()
	var out []string
	err := f.View(func(tx *boltfile.Tx) error {
		return each(tx, func(key, data []byte) (bool, error) {
			var value string
			err := tx.Open(bucket, key, data, &value)
			if err == nil && value != "of "+string(key) {
				err = fmt.Errorf("%s says %q", key, value)
			}
			out = append(out, string(key))
			return true, err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func TestValuesInOrder(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "things.db"))
	put(t, f, "b/2", "a/1", "b/1", "c", "b/3")
	for want, each := range map[string]func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error{
		"a/1 b/1 b/2 b/3 c": func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error {
			return tx.Each(bucket, "", do)
		},
		"b/1 b/2 b/3": func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error {
			return tx.Each(bucket, "b/", do)
		},
		"b/2 b/3": func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error {
			return tx.EachFrom(bucket, "b/", "b/2", do)
		},
		"b/3 b/2 b/1": func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error {
			return tx.EachBack(bucket, "b/", do)
		},
		"a/1": func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error {
			return tx.EachBack(bucket, "a/", do)
		},
		"": func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error {
			return errors.Join(tx.Each("none", "", do), tx.EachBack("none", "a/", do), tx.EachBack(bucket, "d/", do))
		},
	} {
		if got := listed(t, f, each); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	err := f.Update(func(tx *boltfile.Tx) error {
		n, err := tx.DeleteEach(bucket, "b/", func(key, _ []byte) (bool, error) { return string(key) != "b/2", nil })
		if n != 2 || tx.Has(bucket, []byte("b/1")) || !tx.Has(bucket, []byte("b/2")) {
			t.Errorf("deleted %d", n)
		}
		var value string
		if err := tx.Need(bucket, []byte("b/1"), &value); !errors.Is(err, survey.ErrNotFound) {
			t.Errorf("deleted: %q %v", value, err)
		}
		return errors.Join(err, tx.Delete("none", []byte("x")))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFailedUpdateLeavesNothing(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "things.db"))
	put(t, f, "a")
	before := errors.New("enough")
	err := f.Update(func(tx *boltfile.Tx) error { return errors.Join(tx.Put(bucket, []byte("b"), 1), before) })
	if !errors.Is(err, before) {
		t.Errorf("the error of the function: %v", err)
	}
	err = f.Update(func(tx *boltfile.Tx) error {
		_ = tx.Put(bucket, []byte("b"), 1)
		panic("a damaged page")
	})
	if !errors.Is(err, boltfile.ErrDamaged) || !strings.Contains(err.Error(), f.Path()) {
		t.Errorf("a panic: %v", err)
	}
	put(t, f, "c") // the lock is free
	if got := listed(t, f, func(tx *boltfile.Tx, do func(key, data []byte) (bool, error)) error { return tx.Each(bucket, "", do) }); got != "a c" {
		t.Errorf("%q", got)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	nothing := func(*boltfile.Tx) error { return nil }
	if err := f.Update(nothing); !errors.Is(err, boltfile.ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
	if err := f.View(nothing); !errors.Is(err, boltfile.ErrClosed) {
		t.Errorf("view after close: %v", err)
	}
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "things.db")
	f := open(t, path)
	put(t, f, "a", "b")
	if _, err := boltfile.Open(options(path)); !errors.Is(err, boltfile.ErrLocked) {
		t.Errorf("of another process: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*boltfile.Options)
		want   error
	}{
		"another kind":   {func(o *boltfile.Options) { o.Format.Kind = "records" }, survey.ErrInvalid},
		"another region": {func(o *boltfile.Options) { o.Format.Region = "wessex" }, survey.ErrInvalid},
		"newer":          {func(o *boltfile.Options) { o.Format.Version = 0 }, boltfile.ErrNewerFormat},
	} {
		o := options(path)
		c.change(&o)
		if _, err := boltfile.Open(o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(whole, []byte("of a"), []byte("of A")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := boltfile.Open(options(path)); !errors.Is(err, boltfile.ErrDamaged) || !strings.Contains(err.Error(), path) {
		t.Errorf("one letter is another: %v", err)
	}
	o := options(path)
	o.Derived = []boltfile.Bucket{bucket}
	if f, err = boltfile.Open(o); err != nil {
		t.Fatalf("derived: %v", err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestCompactKeepsWhatIsInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "things.db")
	f := open(t, path)
	f.NoSync()
	for n := range 300 {
		err := f.Update(func(tx *boltfile.Tx) error {
			if _, err := tx.Next(bucket); err != nil {
				return err
			}
			return tx.Put(bucket, boltfile.NumberKey(uint64(n)), strings.Repeat("x", 10_000))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	err := f.Update(func(tx *boltfile.Tx) error {
		_, err := tx.DeleteEach(bucket, "", func(key, _ []byte) (bool, error) { return key[7] > 5 || key[6] > 0, nil })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	before, after, err := f.Compact(t.Context())
	if err != nil || after >= before/2 || f.Unsure() {
		t.Errorf("from %d to %d bytes: %v", before, after, err)
	}
	err = f.Update(func(tx *boltfile.Tx) error {
		next, err := tx.Next(bucket)
		if next != 301 {
			t.Errorf("the next number is %d", next)
		}
		count := 0
		return errors.Join(err, boltfile.Values(tx, bucket, "", func(key []byte, value *string) (bool, error) {
			if count++; len(*value) != 10_000 || !bytes.Equal(key, boltfile.NumberKey(uint64(count-1))) {
				t.Errorf("%x: %d bytes", key, len(*value))
			}
			return true, nil
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
}
