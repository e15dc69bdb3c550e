// Package intake measures streamed intake on the whole suite, durable, beside raw inserts of the same rows in the same run:
// make bench BENCH=intake.
package intake
