// Package archtest holds the tree against its own rules: who may import whom, what a domain may not do, and that errors say
// what the contract declares.
package archtest
