package rpc

import "maps"

// manyVisitors is from how many on visitors look for those whom they may forget.
const manyVisitors = 1024

// visitors are what is known of each name, a caller's or an address, until it is no more than of one that never came.
type visitors[V any] struct {
	by   map[string]V
	many int          // from which on they are looked through
	gone func(V) bool // tells whether one may be forgotten
}

func newVisitors[V any](gone func(V) bool) visitors[V] {
	return visitors[V]{map[string]V{}, manyVisitors, gone}
}

// get returns what is known of name; of one that is not known what fresh makes.
func (v *visitors[V]) get(name string, fresh func() V) V {
	if known, ok := v.by[name]; ok {
		return known
	}
	if len(v.by) >= v.many {
		maps.DeleteFunc(v.by, func(_ string, known V) bool { return v.gone(known) })
		v.many = max(manyVisitors, 2*len(v.by))
	}
	made := fresh()
	v.by[name] = made
	return made
}
