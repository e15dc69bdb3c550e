// Package cases runs the tests that a procedure's author writes beside it, in cases.yaml: complaints, what people do about them and
// when, and what must have come of it. They run on the five services, through the APIs that everybody uses, under a clock that
// stands at the time of the story.
//
// Load reads a pack and finds what is wrong with its cases before anything starts; Run plays the cases of many packs together, each
// in a tenant of its own.
package cases
