package store

// NoSync makes the store's writes skip fsync, for tests of many small steps.
// Call it before the first write.
func (s *Store) NoSync() { s.file.db.NoSync = true }

// NoSync makes the writes skip fsync, for tests of many small steps. Call it
// before the first write.
func (s *Summaries) NoSync() { s.file.db.NoSync = true }
