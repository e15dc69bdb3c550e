// Package simulate measures a what-if through all five services. It holds only benchmarks; that of the replay alone is in slatimer.
package simulate
