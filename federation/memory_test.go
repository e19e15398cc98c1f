//go:build !linux

package federation_test

import "testing"

// inMemory returns a directory for files that need not outlive the test.
func inMemory(t *testing.T) string {
	t.Helper()
	return t.TempDir()
}
