package e2e

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"

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
	unsettled(ctx context.Context) (string, error)
}

// readPack reads the newest edition of a pack, and returns the folder that it is in.
func readPack(t *testing.T, name string) (p *procedurev1.Procedure, folder string) {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("..", "..", "deploy", "procedures", name, "*"))
	if err != nil || len(folders) == 0 {
		t.Fatalf("no pack %s: %v", name, err)
	}
	folder = folders[len(folders)-1]
	data, err := os.ReadFile(filepath.Join(folder, "procedure.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if p, err = procedure.Parse(data); err != nil {
		t.Fatal(err)
	}
	return p, folder
}

// publish publishes the newest edition of a pack and fills the duty directory from the file beside it.
func publish(t *testing.T, in installation, name string) {
	t.Helper()
	p, folder := readPack(t, name)
	activate(t, in, p)
	compiled, err := procedure.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(folder, "directory.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	seats, err := procedure.ParseDirectory(data, compiled)
	if err != nil {
		t.Fatal(err)
	}
	directory := routingv1.NewDirectoryServiceClient(in.client(t, "routing", optionsv1.Role_ROLE_SUPERVISOR))
	req := &routingv1.AssignDutiesRequest{RequestId: uuid.NewString(), Procedure: compiled.Code}
	for _, s := range seats {
		req.Seats = append(req.Seats, &routingv1.Seat{Post: s.Post, Person: s.Person})
	}
	if _, err := directory.AssignDuties(t.Context(), req); err != nil {
		t.Fatalf("fill the directory of %s: %v", name, err)
	}
}

// activate publishes an edition as one person and approves it as another.
func activate(t *testing.T, in installation, p *procedurev1.Procedure) *intakev1.PublishedEdition {
	t.Helper()
	author := in.clientOf(t, "intake", "author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR)
	approver := in.clientOf(t, "intake", "approver", optionsv1.Role_ROLE_SUPERVISOR)
	edition, err := editions.Publish(t.Context(), editions.As(author), editions.As(approver), p)
	if err != nil {
		t.Fatal(err)
	}
	return edition
}

// settled waits until every service has applied all that every other has published, and no timer is due.
func settled(t *testing.T, in installation) {
	t.Helper()
	eventually(t, "the services settle", func(ctx context.Context) error {
		left, err := in.unsettled(ctx)
		if err == nil && left != "" {
			err = errors.New(left)
		}
		return err
	})
}

// codes returns facts that are codes, from keys and values in turn.
func codes(pairs ...string) map[string]*typev1.Value {
	out := map[string]*typev1.Value{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = procedure.ToProto(procedure.Code(pairs[i+1]))
	}
	return out
}
