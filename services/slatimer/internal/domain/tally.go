package domain

import (
	"cmp"
	"maps"
	"slices"
)

// Count counts clocks of a simulation.
type Count struct {
	// Kinds counts by DifferenceKind.
	Kinds [StateChanged + 1]int64
	// BreachedBefore and BreachedAfter count breaches, also of clocks that are on one side only.
	BreachedBefore, BreachedAfter int64
}

// Compared is how many clocks were counted.
func (c Count) Compared() int64 {
	var sum int64
	for _, n := range c.Kinds {
		sum += n
	}
	return sum
}

func (c *Count) add(d Difference) {
	c.Kinds[d.Kind]++
	if d.Before.breached() {
		c.BreachedBefore++
	}
	if d.After.breached() {
		c.BreachedAfter++
	}
}

func (c *Count) merge(o Count) {
	for i, n := range o.Kinds {
		c.Kinds[i] += n
	}
	c.BreachedBefore += o.BreachedBefore
	c.BreachedAfter += o.BreachedAfter
}

// Category is one value that the rules worked out.
type Category struct{ Target, Value string }

// Tally is what a simulation came to, or one part of it.
type Tally struct {
	// Complaints were replayed, Failed could not be; FirstFailure says why the first could not.
	Complaints, Failed int64
	FirstFailure       string
	Total              Count
	ByPolicy, ByPost   map[string]*Count
	ByCategory         map[Category]*Count
}

// NewTally returns an empty one.
func NewTally() *Tally {
	return &Tally{ByPolicy: map[string]*Count{}, ByPost: map[string]*Count{}, ByCategory: map[Category]*Count{}}
}

// Add counts the clocks of one complaint; values are those that the rules worked out for it.
func (t *Tally) Add(clocks []Difference, values map[string]string) {
	t.Complaints++
	for _, d := range clocks {
		t.Total.add(d)
		at(t.ByPolicy, d.Policy).add(d)
		at(t.ByPost, d.Post).add(d)
		for target, value := range values {
			at(t.ByCategory, Category{target, value}).add(d)
		}
	}
}

// Fail counts a complaint that could not be replayed.
func (t *Tally) Fail(err error) {
	if t.Failed++; t.Failed == 1 {
		t.FirstFailure = err.Error()
	}
}

// Merge adds another part.
func (t *Tally) Merge(o *Tally) {
	t.Complaints += o.Complaints
	t.Failed += o.Failed
	t.FirstFailure = cmp.Or(t.FirstFailure, o.FirstFailure)
	t.Total.merge(o.Total)
	for key, c := range o.ByPolicy {
		at(t.ByPolicy, key).merge(*c)
	}
	for key, c := range o.ByPost {
		at(t.ByPost, key).merge(*c)
	}
	for key, c := range o.ByCategory {
		at(t.ByCategory, key).merge(*c)
	}
}

func at[K comparable](counts map[K]*Count, key K) *Count {
	c := counts[key]
	if c == nil {
		c = &Count{}
		counts[key] = c
	}
	return c
}

// Categories returns the keys of ByCategory, by target and value.
func (t *Tally) Categories() []Category {
	return slices.SortedFunc(maps.Keys(t.ByCategory), func(a, b Category) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Value, b.Value))
	})
}
