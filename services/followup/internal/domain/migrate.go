package domain

import (
	"slices"

	"redress.dev/pkg/procedure"
)

// Migrate returns f after h, by which routing moved its complaint to the edition to, and the event that passes the pin on. It cannot
// fail: routing has decided, and moves no complaint to an edition that lacks the plan of a visit. It follows also where f was closed
// meanwhile, so that a reopening goes by the same edition everywhere.
//
// A due visit stays due with its post; where the edition has no such post, it goes to the one that the edition says. Nothing becomes due
// that a past happening would have made due.
func (f File) Migrate(h procedure.Happening, to *procedure.Procedure) (File, []Event) {
	t := turn{file: f, rules: to, occur: h.OccurTime}
	t.file.Facts, t.file.Edition = h.Update(f.Facts), to.Digest
	t.file.Visits = slices.Clone(f.Visits)
	for i, v := range t.file.Visits {
		if _, ok := to.Post(v.Post); ok || v.State != Due {
			continue
		}
		plan, ok := to.Visit(v.Plan)
		if !ok {
			continue
		}
		if post, err := plan.Assignee.Post(t.file.Facts); err == nil { // else the visit is nobody's until somebody is found
			t.file.Visits[i].Post = post
		}
	}
	t.emit(h.Actor, FollowupMigrated{Procedure: to.Code, Name: to.Edition, Digest: to.Digest})
	return t.file, t.events
}
