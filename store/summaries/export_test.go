package summaries

// NoSync makes the writes skip fsync, for tests of many small steps. Call it
// before the first write.
func (s *Summaries) NoSync() { s.file.NoSync() }
