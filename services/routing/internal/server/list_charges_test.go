package server_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// chargedPack is another edition: what the plan costs is borne by the desk and the boss, once the boss and audit have signed.
var chargedPack = strings.NewReplacer(`edition: "1"`, `edition: "4"`, "fields: [{key: chair", `
vocabularies: [{key: party, terms: [{code: desk}, {code: boss}]}]
currency: CNY
charges:
  - key: deduction
    name: {en: Deduction}
    kind: CHARGE_KIND_DEDUCTION
    on: [{work_completed: plan}]
    amount: answers.plan.cost
    parties: party
    liable: [{party: "'desk'", share: "60"}, {party: "'boss'"}]
    basis: values.handler
    signed_by: decide
fields: [{key: chair`).Replace(pack)

// charged registers a complaint of chargedPack and completes its plan, of 12.50.
func (b *bench) charged() string {
	b.t.Helper()
	id := newID()
	b.in.Deliver(b.registered(id, func(m *intakev1.ComplaintRegistered) {
		m.Edition = &typev1.Edition{Procedure: "test", Edition: "4", Digest: procedure.Digest(parse(b.t, chargedPack))}
	}))
	b.complete(as("li.wei", optionsv1.Role_ROLE_HANDLER), b.plan(id))
	return id
}

func (b *bench) charges(req *routingv1.ListChargesRequest) *routingv1.ListChargesResponse {
	b.t.Helper()
	resp, err := b.ListCharges(supervisor, req)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp
}

func money(hundredths int64) *typev1.Money {
	return &typev1.Money{Currency: "CNY", Hundredths: hundredths}
}

func sameCharges(t *testing.T, what string, want, got any) {
	t.Helper()
	ids := []proto.Message{&routingv1.Charge{}, &routingv1.ChargeProposed{}, &routingv1.ChargeSigned{}, &routingv1.ChargeVoided{}}
	options := cmp.Options{protocmp.Transform()}
	for _, m := range ids {
		options = append(options, protocmp.IgnoreFields(m, "charge_id"))
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestAChargeIsKeptFromItsJudgementToItsSignature(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.charged()
	judge := b.clock.Now()
	charge := func(party string, hundredths int64, state routingv1.ChargeState) *routingv1.Charge {
		return &routingv1.Charge{ComplaintId: id, Number: "T-1", Procedure: "test", Charge: "deduction", Kind: typev1.ChargeKind_CHARGE_KIND_DEDUCTION,
			Round: 1, Party: party, Amount: money(hundredths), Basis: "desk", State: state, JudgeStep: "plan", JudgePost: "desk", Judge: "li.wei",
			JudgeTime: timestamppb.New(judge), SignStep: "decide"}
	}
	const proposed, signed = routingv1.ChargeState_CHARGE_STATE_PROPOSED, routingv1.ChargeState_CHARGE_STATE_SIGNED
	sameCharges(t, "judged", &routingv1.ListChargesResponse{
		Charges: []*routingv1.Charge{charge("desk", 750, proposed), charge("boss", 500, proposed)},
		Totals:  []*routingv1.ChargeTotal{{State: proposed, Count: 2, Amount: money(1250)}},
	}, b.charges(&routingv1.ListChargesRequest{ComplaintId: id}))

	// Each call reads all that it needs: between two of them nothing is kept but in the database.
	b.clock.Set(judge.Add(time.Hour))
	decide := func(post, outcome string) {
		b.complete(as("xu.jing", optionsv1.Role_ROLE_HANDLER), &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: b.work(id, "decide", post).GetWorkId(), Outcome: outcome})
	}
	decide("boss", "approve")
	req := &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: b.work(id, "decide", "audit").GetWorkId(), Outcome: "approve"}
	b.complete(as("xu.jing", optionsv1.Role_ROLE_HANDLER), req)
	b.complete(as("xu.jing", optionsv1.Role_ROLE_HANDLER), req) // a retry
	want := []*routingv1.Charge{charge("desk", 750, signed), charge("boss", 500, signed)}
	for _, c := range want {
		c.SignPost, c.Signer, c.SignTime = "audit", "xu.jing", timestamppb.New(judge.Add(time.Hour))
	}
	sameCharges(t, "signed", want, b.charges(&routingv1.ListChargesRequest{ComplaintId: id}).GetCharges())

	var about []proto.Message
	for _, m := range b.emitted(id) {
		switch m.(type) {
		case *routingv1.ChargeProposed, *routingv1.ChargeSigned, *routingv1.ChargeVoided:
			about = append(about, m)
		}
	}
	const kind = typev1.ChargeKind_CHARGE_KIND_DEDUCTION
	sameCharges(t, "events", []proto.Message{
		&routingv1.ChargeProposed{Charge: "deduction", Kind: kind, Round: 1, Party: "desk", Amount: money(750), Basis: "desk", Step: "plan", Post: "desk", SignStep: "decide"},
		&routingv1.ChargeProposed{Charge: "deduction", Kind: kind, Round: 1, Party: "boss", Amount: money(500), Basis: "desk", Step: "plan", Post: "desk", SignStep: "decide"},
		&routingv1.ChargeSigned{Charge: "deduction", Kind: kind, Round: 1, Party: "desk", Amount: money(750), Step: "decide", Post: "audit"},
		&routingv1.ChargeSigned{Charge: "deduction", Kind: kind, Round: 1, Party: "boss", Amount: money(500), Step: "decide", Post: "audit"},
	}, about)
}

func TestARejectedAndAClosedChargeAreKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.charged()
	b.complete(supervisor, &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: b.work(id, "decide", "boss").GetWorkId(), Outcome: "reject"})
	b.complete(supervisor, b.plan(id))
	b.in.Deliver(events.Draft{AggregateID: id, OccurTime: b.clock.Now(), Message: &followupv1.ComplaintClosed{Round: 1}})
	var got []string
	for _, c := range b.charges(&routingv1.ListChargesRequest{ComplaintId: id, States: []routingv1.ChargeState{routingv1.ChargeState_CHARGE_STATE_VOIDED}}).GetCharges() {
		got = append(got, c.GetParty()+" "+c.GetVoidReason().String()+" "+c.GetSigner())
	}
	if diff := cmp.Diff([]string{"desk CHARGE_VOID_REASON_REJECTED jones.lea", "boss CHARGE_VOID_REASON_REJECTED jones.lea",
		"desk CHARGE_VOID_REASON_ENDED ", "boss CHARGE_VOID_REASON_ENDED "}, got); diff != "" {
		t.Errorf("voided (-want +got):\n%s", diff)
	}
	if resp := b.charges(&routingv1.ListChargesRequest{ComplaintId: id}); len(resp.GetCharges())+len(resp.GetTotals()) > 0 {
		t.Errorf("voided charges still count: %v", resp)
	}
}

func TestListChargesFiltersAndPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.clock.Now()
	for range 3 {
		b.charged()
		b.clock.Set(b.clock.Now().Add(time.Hour))
	}
	count := func(req *routingv1.ListChargesRequest) int { return len(b.charges(req).GetCharges()) }
	const proposed, signed = routingv1.ChargeState_CHARGE_STATE_PROPOSED, routingv1.ChargeState_CHARGE_STATE_SIGNED
	const fee, deduction = typev1.ChargeKind_CHARGE_KIND_FEE, typev1.ChargeKind_CHARGE_KIND_DEDUCTION
	tests := []struct {
		name string
		req  *routingv1.ListChargesRequest
		want int
	}{
		{"all", &routingv1.ListChargesRequest{}, 6},
		{"a party", &routingv1.ListChargesRequest{Party: "boss"}, 3},
		{"no such party", &routingv1.ListChargesRequest{Party: "audit"}, 0},
		{"kinds", &routingv1.ListChargesRequest{Kinds: []typev1.ChargeKind{fee, deduction}}, 6},
		{"another kind", &routingv1.ListChargesRequest{Kinds: []typev1.ChargeKind{fee}}, 0},
		{"proposed", &routingv1.ListChargesRequest{States: []routingv1.ChargeState{proposed}}, 6},
		{"states", &routingv1.ListChargesRequest{States: []routingv1.ChargeState{proposed, signed}}, 6},
		{"signed", &routingv1.ListChargesRequest{States: []routingv1.ChargeState{signed}}, 0},
		{"a key", &routingv1.ListChargesRequest{Charge: "deduction", Procedure: "test"}, 6},
		{"from an hour on", &routingv1.ListChargesRequest{JudgeTimeFrom: timestamppb.New(first.Add(time.Hour))}, 4},
		{"before two hours", &routingv1.ListChargesRequest{JudgeTimeTo: timestamppb.New(first.Add(2 * time.Hour))}, 4},
	}
	for _, tt := range tests {
		if got := count(tt.req); got != tt.want {
			t.Errorf("%s: %d charges, want %d", tt.name, got, tt.want)
		}
	}
	req := &routingv1.ListChargesRequest{PageSize: 4}
	page := b.charges(req)
	req.PageToken = page.GetNextPageToken()
	rest := b.charges(req)
	if len(page.GetCharges()) != 4 || len(rest.GetCharges()) != 2 || rest.GetNextPageToken() != "" || len(rest.GetTotals()) != 0 {
		t.Errorf("pages of %d and %d charges, then %q, totals %v", len(page.GetCharges()), len(rest.GetCharges()), rest.GetNextPageToken(), rest.GetTotals())
	}
	sameCharges(t, "the sum is of all pages", []*routingv1.ChargeTotal{{State: proposed, Count: 6, Amount: money(3750)}}, page.GetTotals())

	foreign := auth.With(context.Background(), auth.Principal{Tenant: "other", Subject: "x", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AUDITOR}})
	resp, err := b.ListCharges(foreign, &routingv1.ListChargesRequest{})
	if err != nil || len(resp.GetCharges())+len(resp.GetTotals()) > 0 {
		t.Errorf("another tenant sees %v (%v)", resp, err)
	}
	for _, token := range []string{"%", base64.RawURLEncoding.EncodeToString([]byte(`{"t":"2026-03-06T02:00:00Z","c":"'; DROP TABLE charge"}`))} {
		_, err := b.ListCharges(supervisor, &routingv1.ListChargesRequest{PageToken: token})
		wantFault(t, err, fault.Invalid, "PAGE_TOKEN_INVALID", "page_token")
	}
	_, err = b.ListCharges(supervisor, &routingv1.ListChargesRequest{JudgeTimeFrom: &timestamppb.Timestamp{Nanos: -1}})
	wantFault(t, err, fault.Invalid, domain.ReasonTimeInvalid, "judge_time_from")
}

func TestAnAmountThatCannotBeIsRefusedWhereItIsRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := newID()
	b.in.Deliver(b.registered(id, func(m *intakev1.ComplaintRegistered) {
		m.Edition = &typev1.Edition{Procedure: "test", Edition: "4", Digest: procedure.Digest(parse(t, chargedPack))}
	}))
	before := b.get(id)
	req := b.plan(id)
	req.Fields = map[string]*typev1.Value{"cost": {Kind: &typev1.Value_Number{Number: 1e13}}, "note": {Kind: &typev1.Value_Code{Code: "x"}}}
	_, err := b.CompleteWork(supervisor, req)
	wantFault(t, err, fault.Invalid, domain.ReasonChargeInvalid, "fields.cost")
	same(t, "nothing has changed", before, b.get(id))
	if n := len(b.charges(&routingv1.ListChargesRequest{}).GetCharges()); n > 0 {
		t.Errorf("%d charges were made", n)
	}
}
