package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/procedure"
)

// installation is five services that a story plays on: processes, or one process.
type installation interface {
	client(t *testing.T, service string, roles ...optionsv1.Role) *grpc.ClientConn
	clientOf(t *testing.T, service, subject string, roles ...optionsv1.Role) *grpc.ClientConn
}

// publish publishes the newest edition of a pack and fills the duty directory from the file beside it.
func publish(t *testing.T, in installation, name string) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("..", "..", "deploy", "procedures", name, "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no pack %s: %v", name, err)
	}
	folder := folders[len(folders)-1]
	data, err := os.ReadFile(filepath.Join(folder, "procedure.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	activate(t, in, p)
	compiled, err := procedure.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if data, err = os.ReadFile(filepath.Join(folder, "directory.yaml")); err != nil {
		t.Fatal(err)
	}
	seats, err := procedure.ParseDirectory(data, compiled)
	if err != nil {
		t.Fatal(err)
	}
	directory := routingv1.NewDirectoryServiceClient(in.client(t, "routing", optionsv1.Role_ROLE_SUPERVISOR))
	for _, s := range seats {
		_, err := directory.AssignDuty(t.Context(), &routingv1.AssignDutyRequest{
			RequestId: uuid.NewString(), Procedure: compiled.Code, Post: s.Post, Person: s.Person,
		})
		if err != nil {
			t.Fatalf("assign %s: %v", s.Post, err)
		}
	}
}

// activate publishes an edition as one person and approves it as another.
func activate(t *testing.T, in installation, p *procedurev1.Procedure) *intakev1.PublishedEdition {
	t.Helper()
	author := in.clientOf(t, "intake", "author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR)
	approver := in.clientOf(t, "intake", "approver", optionsv1.Role_ROLE_SUPERVISOR)
	edition, err := editions.Publish(t.Context(), author, approver, p)
	if err != nil {
		t.Fatal(err)
	}
	return edition
}

// settled waits until every service has applied all that every other has published.
func settled(t *testing.T, in installation) {
	t.Helper()
	feeds := map[string]eventsv1.EventFeedServiceClient{}
	for service := range files {
		feeds[service] = eventsv1.NewEventFeedServiceClient(in.client(t, service, optionsv1.Role_ROLE_OPERATOR))
	}
	eventually(t, "the services settle", func(ctx context.Context) error { return behind(ctx, feeds) })
}

// behind fails while a service has events to sequence or to apply. Applying one may emit another: heads are read before cursors
// and again after them.
func behind(ctx context.Context, feeds map[string]eventsv1.EventFeedServiceClient) error {
	before, err := heads(ctx, feeds)
	if err != nil {
		return err
	}
	for service, feed := range feeds {
		resp, err := feed.ListCursors(ctx, &eventsv1.ListCursorsRequest{})
		if err != nil {
			return err
		}
		applied := map[string]int64{}
		for _, c := range resp.GetCursors() {
			applied[c.GetProducer()] += c.GetSeq()
		}
		for producer, n := range applied {
			if n != before[producer] {
				return fmt.Errorf("%s has applied %d of %d events of %s", service, n, before[producer], producer)
			}
		}
	}
	after, err := heads(ctx, feeds)
	if err != nil {
		return err
	}
	for producer, n := range before {
		if after[producer] != n {
			return fmt.Errorf("%s still publishes", producer)
		}
	}
	return nil
}

func heads(ctx context.Context, feeds map[string]eventsv1.EventFeedServiceClient) (map[string]int64, error) {
	out := map[string]int64{}
	for service, feed := range feeds {
		resp, err := feed.ListHeads(ctx, &eventsv1.ListHeadsRequest{})
		if err != nil {
			return nil, err
		}
		for _, h := range resp.GetHeads() {
			if h.GetPendingCount() > 0 {
				return nil, fmt.Errorf("%s has %d events to sequence", service, h.GetPendingCount())
			}
			out[service] += h.GetSeq()
		}
	}
	return out, nil
}

// codes returns facts that are codes, from keys and values in turn.
func codes(pairs ...string) map[string]*typev1.Value {
	out := map[string]*typev1.Value{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = procedure.ToProto(procedure.Code(pairs[i+1]))
	}
	return out
}
