// Package search finds organisations by the names and numbers that people type. An [Index] stands
// beside a state and follows it. It decides nothing: replicas must not agree or differ by it.
//
// Imports federation/registry/state, store/survey.
package search
