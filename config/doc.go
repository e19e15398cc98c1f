// Package config reads a node's settings: the built-in defaults, then the file DIR/tracker.yaml,
// then TRACKER_* variables, then flags. Later sources win.
//
// Start from [Load]. The result is one typed struct that is checked once at the start; nothing is
// read again while the node runs. Secrets never stand in the file or in variables, only the paths
// of the files that hold them.
//
// Imports no other room.
package config
