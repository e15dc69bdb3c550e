// Package e2e tells stories across all five services, on a real Postgres and a real NATS: one story a file. It waits for
// outcomes and never for time.
package e2e
