// Package domain decides what becomes of time limits: which clocks a happening stops, cancels and starts, and what follows when
// the time of one has come. Everything is judged by when it really happened, not by when the news of it came.
package domain
