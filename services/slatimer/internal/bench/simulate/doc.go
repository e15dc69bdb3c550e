// Package simulate measures the what-if: how many clocks a second a replay of recorded history compares. It holds only benchmarks.
package simulate
