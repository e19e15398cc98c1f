package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ahsn-network/tracker/store/boltfile"
	"github.com/ahsn-network/tracker/store/survey"
)

// Privacy shows and erases everything that is kept about an organisation or a contact. All methods
// are safe for concurrent use; the errors of writes are those of [Store].
type Privacy struct{ store *Store }

// Privacy returns the access to everything that is kept about an organisation or a contact.
func (s *Store) Privacy() Privacy { return Privacy{s} }

// Subject is everything that is kept about one organisation or one contact: every version of every
// record and answer, copies that other regions shared, the letters to it, and the audit entries
// about them. Give it to a person who asks.
type Subject struct {
	Organisation survey.Identifier       `json:"organisation,omitempty"`
	Records      []survey.Record         `json:"records"`
	Responses    []survey.Response       `json:"responses"`
	Shared       []survey.SharedResponse `json:"shared"`
	Letters      []SubjectLink           `json:"letters"`
	Audit        []AuditEntry            `json:"audit"`
}

// Subject returns everything about an organisation, in the order of kinds and ids, oldest version
// first. With contact, the id of a contact, it is about that contact alone. An unknown contact is
// survey.ErrNotFound.
func (p Privacy) Subject(ctx context.Context, id survey.Identifier, contact string) (Subject, error) {
	p.store.audits.flushBeforeRead(ctx)
	return read(p.store, func(t *txn) (Subject, error) {
		subject := Subject{Records: []survey.Record{}, Responses: []survey.Response{},
			Shared: []survey.SharedResponse{}, Letters: []SubjectLink{}, Audit: []AuditEntry{}}
		objects := map[string]bool{} // of the audit entries about it
		var err error
		if contact == "" {
			err = t.subjectOf(id, &subject, objects)
		} else {
			objects[string(survey.RecordContacts)+"/"+contact] = true
			subject.Records, err = t.records().versions(survey.RecordContacts, contact)
			if err == nil && len(subject.Records) == 0 {
				err = survey.ErrNotFound
			}
		}
		if err != nil {
			return subject, err
		}

		err = boltfile.Values(t.Tx, auditBucket, "", func(key []byte, e *AuditEntry) (bool, error) {
			if objects[e.Object] {
				subject.Audit = append(subject.Audit, *e)
			}
			return true, ctx.Err()
		})
		return subject, err
	}, "everything about %s%s", id, contact)
}

func (t *txn) subjectOf(id survey.Identifier, subject *Subject, objects map[string]bool) error {
	home, err := t.canonical(id)
	if err != nil {
		return err
	}
	subject.Organisation = home
	err = t.eachPlace(home, "", func(kind survey.RecordKind, id string, _ placeRecord) (bool, error) {
		versions, err := t.records().versions(kind, id)
		subject.Records = append(subject.Records, versions...)
		objects[string(kind)+"/"+id] = true
		return true, err
	})
	if err != nil {
		return err
	}

	// Entries of the audit log name answers by cycle and organisation.
	cycles, err := t.cycles()
	if err != nil {
		return err
	}
	for _, cycle := range cycles {
		objects[string(cycle)+"/"+string(home)] = true
		shown, err := t.responses().allShown(cycle, home)
		if err != nil {
			return err
		}
		subject.Responses = append(subject.Responses, shown...)
	}

	if subject.Shared, err = t.copiesOf(home); err != nil {
		return err
	}
	if subject.Letters, err = t.links().of(home); err != nil {
		return err
	}
	for _, link := range subject.Letters {
		objects["link/"+link.ID] = true
	}
	return nil
}

// versions returns every version of a record as it was recorded, oldest first, none for an unknown
// record.
func (t recordTx) versions(kind survey.RecordKind, id string) (versions []survey.Record, err error) {
	prefix := string(keptKey(kind, id)) + "/"
	err = boltfile.Values(t.Tx, recordHistoryBucket, prefix, func(_ []byte, k *keptRecord) (bool, error) {
		versions = append(versions, k.record(kind, id))
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	k, err := t.kept(kind, id)
	if k != nil {
		versions = append(versions, k.record(kind, id))
	}
	return versions, err
}

// Erase removes a record with all its versions, and rewrites the file without the pages that held
// them, so that none of its values is left in it. The record no longer counts. The audit log keeps
// who erased it and when; it never held the values. An unknown id is survey.ErrNotFound. Backups
// made before still hold the record until they are rotated out.
func (p Privacy) Erase(ctx context.Context, kind survey.RecordKind, id string, actor uint64, at time.Time) error {
	err := p.store.write(ctx, func(t *txn) error {
		if _, err := t.needKept(kind, id); err != nil {
			return err
		}
		if err := t.records().erase(kind, id, occasion{at: at.UTC(), actor: actor}); err != nil {
			return err
		}
		if err := t.imports().forget(kind, id); err != nil {
			return err
		}
		return t.auditChange(occasion{at: at, actor: actor}, string(kind)+".erase", string(kind)+"/"+id, "done")
	})
	if err == nil {
		_, err = p.Compact(ctx)
	}
	return explain(err, "erase %s %s", kind, id)
}

// forget removes an erased record from the items of imports, so that undo cannot find it.
func (t importTx) forget(kind survey.RecordKind, id string) error {
	type change struct {
		key   []byte
		piece []importItem
	}

	var changes []change
	err := boltfile.Values(t.Tx, importItemsBucket, "", func(key []byte, piece *[]importItem) (bool, error) {
		for i, item := range *piece {
			if item.Kind == kind && item.ID == id {
				changes = append(changes, change{append([]byte(nil), key...), slices.Delete(*piece, i, i+1)})
				return true, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}

	// Written after the walk: a bucket must not be written while it is read.
	for _, c := range changes {
		if err := t.Put(importItemsBucket, c.key, c.piece); err != nil {
			return err
		}
	}
	return nil
}

// SubjectLink is a survey link of the organisation with its unsent draft.
type SubjectLink struct {
	SurveyLink
	Draft map[string]map[string][]string `json:"draft,omitempty"`
}

// of returns the organisation's links with their drafts, in the text order of the links' ids.
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

// copiesOf returns the copies that other regions shared of the organisation, without their
// contents: those are sealed to the node's key.
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

// erase removes the organisation's links, the secrets that open them and every draft, and returns
// how many there were.
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

	// Drafts handed over before there was a link stand under the company.
	drafts, err := t.DeleteEach(draftsBucket, "", func(key, _ []byte) (bool, error) {
		if !strings.Contains(string(key), "/") {
			return false, nil // under a link's id, and gone with it
		}
		_, recorded := splitRecordKey(key) // it waits for the organisation's first link
		id, err := t.canonical(recorded)
		return id == home, err
	})
	return len(links) + drafts, err
}
