// Package hostile attacks a live intake while a gateway and a desk system work beside it. Its test holds each attack to the answer that it must
// get, and the neighbours to theirs; its benchmark prints what the attack does to the neighbours' p99: make bench BENCH=hostile.
package hostile
