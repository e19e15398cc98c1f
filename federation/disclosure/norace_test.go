//go:build !race

package disclosure_test

const slow = false
