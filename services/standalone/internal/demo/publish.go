package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/editions"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake"
	"redress.dev/services/routing"
)

// pack is one edition of a procedure as its folder holds it.
type pack struct {
	folder    string
	procedure *procedurev1.Procedure
	compiled  *procedure.Procedure
	posts     map[string]string // person by post
}

// readPacks reads every edition below root: root/<procedure>/<edition>/procedure.yaml, and directory.yaml beside it.
func readPacks(root string) ([]pack, error) {
	files, err := filepath.Glob(filepath.Join(root, "*", "*", "procedure.yaml"))
	if err != nil {
		return nil, fmt.Errorf("look for procedures: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no procedures below %s: run from the project's root, or set REDRESS_PROCEDURES", root)
	}
	packs := make([]pack, len(files))
	for i, file := range files {
		if packs[i], err = readPack(filepath.Dir(file)); err != nil {
			return nil, fmt.Errorf("procedure in %s: %w", filepath.Dir(file), err)
		}
	}
	return packs, nil
}

func readPack(folder string) (pack, error) {
	data, err := os.ReadFile(filepath.Join(folder, "procedure.yaml"))
	if err != nil {
		return pack{}, err
	}
	p, err := procedure.Parse(data)
	if err != nil {
		return pack{}, err
	}
	compiled, err := procedure.Compile(p)
	if err != nil {
		return pack{}, err
	}
	people, err := os.ReadFile(filepath.Join(folder, "directory.yaml"))
	if err != nil {
		return pack{}, err
	}
	seats, err := procedure.ParseDirectory(people, compiled)
	if err != nil {
		return pack{}, fmt.Errorf("directory.yaml: %w", err)
	}
	posts := map[string]string{}
	for _, seat := range seats {
		posts[seat.Post] = seat.Person
	}
	return pack{folder, p, compiled, posts}, nil
}

// publish publishes the editions that intake does not have, and seats the people of their directories in posts that nobody
// holds, from since on.
func publish(ctx context.Context, c *callers, packs []pack, since time.Time) error {
	author, err := c.dial(intake.Name, "demo-author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR)
	if err != nil {
		return err
	}
	approver, err := c.dial(intake.Name, "demo-supervisor", optionsv1.Role_ROLE_SUPERVISOR)
	if err != nil {
		return err
	}
	procedures := intakev1.NewProcedureServiceClient(author)
	have, err := procedures.ListProcedures(ctx, &intakev1.ListProceduresRequest{})
	if err != nil {
		return fmt.Errorf("list procedures: %w", err)
	}
	published := map[string]bool{}
	for _, e := range have.GetEditions() {
		published[e.GetEdition().GetDigest()] = true
	}
	for _, p := range packs {
		if !published[p.compiled.Digest] {
			if _, err := editions.Publish(ctx, editions.As(author), editions.As(approver), p.procedure); err != nil {
				return fmt.Errorf("%s: %w", p.folder, err)
			}
		}
		if err := seat(ctx, c, p, since); err != nil {
			return fmt.Errorf("directory of %s: %w", p.folder, err)
		}
	}
	return nil
}

// seat puts the people of a pack's directory in the posts that have nobody yet.
func seat(ctx context.Context, c *callers, p pack, since time.Time) error {
	conn, err := c.dial(routing.Name, "demo-supervisor", optionsv1.Role_ROLE_SUPERVISOR)
	if err != nil {
		return err
	}
	directory := routingv1.NewDirectoryServiceClient(conn)
	code := p.procedure.GetCode()
	have, err := directory.ListDuties(ctx, &routingv1.ListDutiesRequest{Procedure: code})
	if err != nil {
		return fmt.Errorf("list duties: %w", err)
	}
	held := map[string]bool{}
	for _, d := range have.GetDuties() {
		held[d.GetPost()] = true
	}
	req := &routingv1.AssignDutiesRequest{RequestId: uuid.NewString(), Procedure: code, StartTime: timestamppb.New(since)}
	for post, person := range p.posts {
		if !held[post] {
			req.Seats = append(req.Seats, &routingv1.Seat{Post: post, Person: person})
		}
	}
	if len(req.GetSeats()) == 0 {
		return nil
	}
	if _, err := directory.AssignDuties(ctx, req); err != nil {
		return fmt.Errorf("fill the directory of %s: %w", code, err)
	}
	return nil
}
