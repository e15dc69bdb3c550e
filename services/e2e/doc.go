// Package e2e tells stories across all five services, on a real Postgres and a real NATS: one story a file. It waits for
// outcomes and never for time. What procedures do is told by the cases beside them (deploy/procedures).
package e2e
