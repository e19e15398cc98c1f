package main

import (
	"fmt"
	"os"
)

// deliver writes what was exported to a file of this person alone, or to
// standard output.
func deliver(c *cli, text []byte, file string) error {
	if file == "" {
		_, err := c.out.Write(text)
		return err
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	c.say("%s: %s bytes", file, groupDigits(int64(len(text))))
	return nil
}
