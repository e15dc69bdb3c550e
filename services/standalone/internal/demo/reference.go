package demo

import (
	"cmp"
	"slices"
)

// Group is what the figures are counted by: the month of receipt, "2023-08", and the product.
type Group struct{ Month, Product string }

// Counts are the figures of one group.
type Counts struct{ Complaints, InTime, Late, Disputed, NotDisputed int64 }

// Reference counts the records themselves, with nothing of Redress in between.
//
// A complaint whose timely cell is empty is withdrawn before any answer by the script (see README.md of deploy/demo), so that its
// disputed cell cannot come true: it counts as a complaint only.
func Reference(records []Record) map[Group]Counts {
	ref := map[Group]Counts{}
	for _, r := range records {
		g := Group{r.Received.Format("2006-01"), r.Product}
		c := ref[g]
		c.Complaints++
		if r.Timely == "Yes" {
			c.InTime++
		}
		if r.Timely == "No" {
			c.Late++
		}
		if r.Timely != "" && r.Disputed == "Yes" {
			c.Disputed++
		}
		if r.Timely != "" && r.Disputed == "No" {
			c.NotDisputed++
		}
		ref[g] = c
	}
	return ref
}

// groups returns the groups of either side, by month and product.
func groups(sides ...map[Group]Counts) []Group {
	var all []Group
	for _, side := range sides {
		for g := range side {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Month, b.Month), cmp.Compare(a.Product, b.Product))
	})
	return slices.Compact(all)
}

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Complaints + d.Complaints, c.InTime + d.InTime, c.Late + d.Late, c.Disputed + d.Disputed, c.NotDisputed + d.NotDisputed}
}
