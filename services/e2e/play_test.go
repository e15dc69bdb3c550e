package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/clock"
	"redress.dev/services/standalone"
)

// play is one complaint's story on the five services in one process, under a clock that the story moves.
type play struct {
	t         *testing.T
	suite     *standalone.Suite
	clock     *clock.Manual
	complaint *intakev1.Complaint
}

// shanghai is the zone that stories tell their times in.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// moment reads "2026-03-06 10:00" in Shanghai.
func moment(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// newPlay starts the five services with the given packs published, at a time.
func newPlay(t *testing.T, at string, packs ...string) *play {
	t.Helper()
	p := &play{t: t, clock: clock.NewManual(moment(t, at))}
	var err error
	if p.suite, err = standalone.Start(t.Context(), standalone.Options{Dir: t.TempDir(), Clock: p.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.suite.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	for _, name := range packs {
		publish(t, p, name)
	}
	return p
}

// client connects to a service with a token of the roles.
func (p *play) client(t *testing.T, service string, roles ...optionsv1.Role) *grpc.ClientConn {
	t.Helper()
	return p.clientOf(t, service, "e2e", roles...)
}

// clientOf connects as somebody.
func (p *play) clientOf(t *testing.T, service, subject string, roles ...optionsv1.Role) *grpc.ClientConn {
	t.Helper()
	token, err := p.suite.Token(subject, time.Hour, roles...)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := p.suite.Dial(service, token)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// unsettled tells what the services have still to do.
func (p *play) unsettled(ctx context.Context) (string, error) { return p.suite.Unsettled(ctx) }

// register registers the story's complaint now.
func (p *play) register(d *intakev1.ComplaintDraft) {
	p.t.Helper()
	api := intakev1.NewIntakeServiceClient(p.client(p.t, "intake", optionsv1.Role_ROLE_AGENT))
	resp, err := api.RegisterComplaint(p.t.Context(), &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
	if err != nil {
		p.t.Fatalf("register: %v", err)
	}
	p.complaint = resp.GetComplaint()
}

// at lets the services settle and moves the clock.
func (p *play) at(when string) {
	p.t.Helper()
	settled(p.t, p)
	p.clock.Set(moment(p.t, when))
}

// work waits for the open work of a step.
func (p *play) work(step string) *routingv1.Work {
	p.t.Helper()
	api := routingv1.NewRoutingServiceClient(p.client(p.t, "routing", optionsv1.Role_ROLE_SUPERVISOR))
	var found *routingv1.Work
	eventually(p.t, "work of "+step, func(ctx context.Context) error {
		resp, err := api.ListWork(ctx, &routingv1.ListWorkRequest{ComplaintId: p.complaint.GetComplaintId()})
		if err != nil {
			return err
		}
		var open []string
		for _, w := range resp.GetWork() {
			if w.GetStep() == step {
				found = w
				return nil
			}
			open = append(open, w.GetStep())
		}
		return fmt.Errorf("open are %v", open)
	})
	return found
}

// done completes the work of a step and returns the refusal, if any.
func (p *play) done(step, outcome string, fields map[string]*typev1.Value, content ...string) error {
	p.t.Helper()
	api := routingv1.NewRoutingServiceClient(p.client(p.t, "routing", optionsv1.Role_ROLE_SUPERVISOR))
	_, err := api.CompleteWork(p.t.Context(), &routingv1.CompleteWorkRequest{
		RequestId: uuid.NewString(), WorkId: p.work(step).GetWorkId(), Outcome: outcome, Fields: fields, Content: content,
	})
	return err
}

// do completes the work of a step.
func (p *play) do(step, outcome string, fields map[string]*typev1.Value, content ...string) {
	p.t.Helper()
	if err := p.done(step, outcome, fields, content...); err != nil {
		p.t.Fatalf("complete %s: %v", step, err)
	}
}
