// Package calendar computes with working time: opening hours in a time zone,
// public holidays, make-up working days, and the days that count.
//
// A Calendar is compiled once from a Spec and never changes. Its methods are
// pure functions of their arguments: the same question has the same answer on
// every replica and in every replay. They are safe for concurrent use, do not
// allocate on the way to an answer (Trace alone builds a list), and cost the same for an
// hour as for ten years.
//
// # Meaning
//
// An instant is open when the wall-clock reading at that instant lies in an
// opening interval [from, to). Working time is real elapsed time while open: an
// hour skipped by daylight saving is worth nothing, a repeated hour counts
// twice. An interval whose end is not after its start runs past midnight and
// belongs to the day it starts on. testdata/README.md is the full statement,
// and the vectors beside it are its test.
//
// # Method
//
// On the line of wall-clock readings the open time before a reading is a sum
// over whole weeks, corrected by a table over the dates from the first
// exception to the last (type tally). Between two changes of the zone's offset,
// instants and readings differ by a constant, so one more constant for each
// offset turns sums over readings into sums over instants (type line). A
// deadline is then one lookup, one addition and one inverse lookup.
//
// # Range
//
// Instants from 1970-01-01 to 2199-12-31 UTC are supported; whatever lies or
// would land outside is ErrOutOfRange, at once.
package calendar
