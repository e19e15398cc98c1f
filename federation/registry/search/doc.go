// Package search finds organisations by what people type of their names and
// numbers. An [Index] stands beside a state and follows it. It decides nothing:
// replicas must not agree or differ by it.
package search
