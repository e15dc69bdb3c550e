package e2e

import (
	"testing"
	"time"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

// directory returns the duty directory's API for a person.
func (p *play) directory(subject string, roles ...optionsv1.Role) routingv1.DirectoryServiceClient {
	p.t.Helper()
	token, err := p.suite.Token(subject, time.Hour, roles...)
	if err != nil {
		p.t.Fatal(err)
	}
	conn, err := p.suite.Dial("routing", token)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { conn.Close() })
	return routingv1.NewDirectoryServiceClient(conn)
}

// TestHomeFurnishingsDirectory is T-S1-14 and S1-39: until the department head approves, slips go to P; the next goes to Q; and the
// renewal that begins on a Friday is due on the Monday after.
func TestHomeFurnishingsDirectory(t *testing.T) {
	p := newPlay(t, "2026-03-06 10:00", "home-furnishing") // a Friday
	slip := func() *routingv1.Work {
		t.Helper()
		p.register(&intakev1.ComplaintDraft{
			Procedure: "home-furnishing", Flow: "direct", Channel: "hotline", Content: "柜门变形",
			Complainant: &intakev1.Party{Name: "王小明", Phone: "13812345678"}, Fields: codes("line", "cabinet"),
		})
		p.do("answer_now", "transfer", nil)
		return p.work("handle")
	}
	asker, head := p.directory("zhu.ting", optionsv1.Role_ROLE_HANDLER), p.directory("luo.yan", optionsv1.Role_ROLE_HANDLER)
	asked, err := asker.RequestDutyChange(t.Context(), &routingv1.RequestDutyChangeRequest{
		RequestId: uuid.NewString(), Procedure: "home-furnishing", Post: "sales_dealer", Person: "hu.bin", Reason: "rotation",
	})
	if err != nil {
		t.Fatal(err)
	}
	if w := slip(); w.GetPost() != "sales_dealer" || w.GetPerson() != "zhu.ting" {
		t.Errorf("before the approval the slip goes to %s, %s; want zhu.ting (S1-19)", w.GetPost(), w.GetPerson())
	}
	p.at("2026-03-06 11:00")
	if _, err := head.DecideDutyChange(t.Context(), &routingv1.DecideDutyChangeRequest{
		RequestId: uuid.NewString(), ChangeId: asked.GetChange().GetChangeId(), Approve: true,
	}); err != nil {
		t.Fatal(err)
	}
	w := slip()
	if w.GetPerson() != "hu.bin" {
		t.Errorf("after the approval the slip goes to %q, want hu.bin (S1-18, S1-19)", w.GetPerson())
	}
	why, err := asker.ExplainDuty(t.Context(), &routingv1.ExplainDutyRequest{WorkId: w.GetWorkId()})
	if err != nil {
		t.Fatal(err)
	}
	reasons := why.GetExplanation().GetReasons()
	if c := reasons[0].GetChoice(); c.GetTarget() != "handler" || c.GetClause() != "S1-24" || c.GetValue() != "sales_dealer" {
		t.Errorf("what chose the post: %v", c)
	}
	if c := reasons[2].GetChange(); c.GetDecider() != "luo.yan" {
		t.Errorf("the approval: %v", c)
	}

	leader := p.directory("chen.lan", optionsv1.Role_ROLE_AGENT) // keeps the directory
	begun, err := leader.BeginDutyRenewal(t.Context(), &routingv1.BeginDutyRenewalRequest{RequestId: uuid.NewString(), Procedure: "home-furnishing"})
	if err != nil {
		t.Fatal(err)
	}
	if due, want := begun.GetRenewal().GetDueTime().AsTime(), moment(t, "2026-03-09 11:00"); !due.Equal(want) {
		t.Errorf("the renewal is due %v, want %v: Saturday counts, Sunday does not (S1-39, A-09)", due, want)
	}
	if n := len(begun.GetRenewal().GetMissing()); n != 24 {
		t.Errorf("%d posts are to be confirmed, want 24", n)
	}
}
