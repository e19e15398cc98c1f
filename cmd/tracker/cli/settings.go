package cli

import (
	"fmt"
	"log/slog"

	"github.com/ahsn-network/tracker/config"
)

// Settings loads the node's settings and makes its logger.
func (c *Invocation) Settings(flags config.Flags) (config.Config, *slog.Logger, error) {
	if _, named := flags["dir"]; !named && c.Dir() != "" {
		flags["dir"] = c.Dir()
	}
	settings, origins, err := config.Load(flags, c.Env)
	if err != nil {
		return settings, nil, err
	}
	for _, warning := range origins.Warnings {
		c.Say("warning: %s", warning)
	}
	if !origins.FileRead {
		return settings, nil, fmt.Errorf("%s is no node's directory: it has no %s. Run \"tracker init\" or \"tracker demo\" first, or name the directory with --dir", settings.Dir, config.FileName)
	}
	levels, err := config.ParseLevels(settings.Log)
	if err != nil {
		return settings, nil, err
	}
	handler := slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: levels.Lowest()})
	return settings, slog.New(componentLevels{Handler: handler, levels: levels, level: levels.All}), nil
}
