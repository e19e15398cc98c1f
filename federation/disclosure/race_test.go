//go:build race

package disclosure_test

// slow makes the long simulations shorter under the race detector.
const slow = true
