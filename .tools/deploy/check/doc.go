// Package check holds the files of deploy/ against what Kubernetes, Compose and Prometheus take, and against the services' code:
// the variables that they know, whom they ask, the metrics that they export. It runs without a cluster and without a network.
package check
