package cli

import (
	"fmt"
	"os"
)

// Deliver writes what was exported to a file of this person alone, or to
// standard output.
func Deliver(c *Invocation, text []byte, file string) error {
	if file == "" {
		_, err := c.Data.Write(text)
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	c.Say("%s: %s bytes", file, Digits(int64(len(text))))
	return nil
}
