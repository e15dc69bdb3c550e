// Package procedure is the compiled form of a complaint procedure: what every service's domain decides by.
//
// A pack is YAML. Parse reads it into the contract's message, Digest names it, and Compile checks it and makes a Procedure: plain
// Go values with the CEL expressions compiled into them. A Procedure never changes and is safe for concurrent use; asking it costs
// a microsecond or two.
//
// # Expressions
//
// An expression sees scalars under dotted names and nothing else: no lists, no maps, no loops, no functions with effects. So a name
// that the procedure does not have is found when it is compiled, and no evaluation can be long: its greatest possible cost is
// worked out beforehand and bounded. A fact that is not there yet has the zero value of its kind: "", 0, false, the zero time.
package procedure
