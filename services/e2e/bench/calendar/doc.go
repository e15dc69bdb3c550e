// Package calendar measures deadlines a CPU-second beside github.com/rickar/cal/v2 in the same run: make bench BENCH=calendar.
package calendar
