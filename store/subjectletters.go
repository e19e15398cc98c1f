package store

import (
	"strings"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// SubjectLink is a survey link of the organisation, with what was typed under
// it and not sent.
type SubjectLink struct {
	SurveyLink
	Draft map[string]map[string][]string `json:"draft,omitempty"`
}

// of returns the organisation's links with their drafts, in the order of
// their numbers' texts.
func (t linkTx) of(home survey.Identifier) ([]SubjectLink, error) {
	links := []SubjectLink{}
	err := boltfile.Values(t.Tx, linksBucket, "", func(key []byte, link *SurveyLink) (bool, error) {
		id, err := t.canonical(link.Organisation)
		if err != nil || id != home {
			return true, err
		}
		var draft SurveyDraft
		if _, err := t.Get(draftsBucket, key, &draft); err != nil {
			return false, err
		}
		links = append(links, SubjectLink{SurveyLink: *link, Draft: draft.Fields})
		return true, nil
	})
	return links, err
}

// copiesOf returns the copies that other regions shared of the organisation,
// without what they say: they are sealed to the node's key.
func (t *txn) copiesOf(home survey.Identifier) ([]survey.SharedResponse, error) {
	copies := []survey.SharedResponse{}
	err := t.Each(sharedBucket, "", func(key, value []byte) (bool, error) {
		cycle, recorded, from := splitSharingKey(key)
		id, err := t.canonical(recorded)
		if err != nil || id != home {
			return true, err
		}
		var r sharedRecord
		if err := t.Open(sharedBucket, key, value, &r); err != nil {
			return false, err
		}
		copies = append(copies, survey.SharedResponse{Cycle: cycle, Organisation: home, From: from, Version: r.Version,
			ReceivedAt: r.Received, RevokedAt: r.Revoked, Unreadable: r.Sealed != nil})
		return true, nil
	})
	return copies, err
}

// erase removes the organisation's links, the secrets that open them and
// every draft, and returns how many there were.
func (t linkTx) erase(home survey.Identifier) (int, error) {
	links, err := t.of(home)
	if err != nil {
		return 0, err
	}
	for _, link := range links {
		for _, hash := range link.Hashes {
			if err := t.Delete(linkSecretsBucket, hash); err != nil {
				return 0, err
			}
		}
		for _, bucket := range []boltfile.Bucket{linksBucket, draftsBucket} {
			if err := t.Delete(bucket, []byte(link.ID)); err != nil {
				return 0, err
			}
		}
		if err := t.Delete(linkPlacesBucket, recordKey(link.Cycle, link.Organisation)); err != nil {
			return 0, err
		}
	}
	drafts, err := t.handedDrafts(home)
	if err != nil {
		return 0, err
	}
	for _, key := range drafts {
		if err := t.Delete(draftsBucket, key); err != nil {
			return 0, err
		}
	}
	return len(links) + len(drafts), nil
}

// handedDrafts are the keys of drafts that wait for the organisation's first
// link.
func (t linkTx) handedDrafts(home survey.Identifier) (keys [][]byte, err error) {
	err = t.Each(draftsBucket, "", func(key, _ []byte) (bool, error) {
		if !strings.Contains(string(key), "/") {
			return true, nil
		}
		_, recorded := splitRecordKey(key)
		id, err := t.canonical(recorded)
		if id == home {
			keys = append(keys, append([]byte(nil), key...))
		}
		return true, err
	})
	return keys, err
}
