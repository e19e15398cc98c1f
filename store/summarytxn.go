package store

import (
	"bytes"
	"fmt"
)

// get decodes the value under key, false if there is none.
func (t *summaryTxn) get(bucket bucketName, key []byte, into any) (bool, error) {
	data := t.bolt.Bucket([]byte(bucket)).Get(key)
	if data == nil {
		return false, nil
	}
	return true, t.open(bucket, key, data, into)
}

func (t *summaryTxn) open(bucket bucketName, key, data []byte, into any) error {
	if err := t.file.codec.open(bucket, key, data, into); err != nil {
		return damaged(t.file.path, fmt.Sprintf("%s %q: %v", bucket, key, err))
	}
	return nil
}

func (t *summaryTxn) put(bucket bucketName, key []byte, value any) error {
	sealed, err := t.file.codec.seal(bucket, key, value)
	if err != nil {
		return err
	}
	if err := t.bolt.Bucket([]byte(bucket)).Put(key, sealed); err != nil {
		return fmt.Errorf("write %s %q: %w", bucket, key, err)
	}
	return nil
}

// each calls do for every key that begins with prefix, in order.
func (t *summaryTxn) each(bucket bucketName, prefix []byte, do func(key, value []byte) error) error {
	cursor := t.bolt.Bucket([]byte(bucket)).Cursor()
	for key, value := cursor.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, value = cursor.Next() {
		if err := do(key, value); err != nil {
			return err
		}
	}
	return nil
}
