package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/gateway"
)

// Counts is what became of the rows so far.
type Counts struct {
	// Rows were read, Registered newly (or could be, in a dry run), Repeated were there before, Rejected are neither.
	Rows       int `json:"rows"`
	Registered int `json:"registered"`
	Repeated   int `json:"repeated"`
	Rejected   int `json:"rejected"`
}

// Run is one import.
type Run struct {
	Table     *Table
	Converter *Converter
	Intake    intakev1.IntakeServiceClient
	// Reject is given every row that was not registered, in no particular order, by one goroutine at a time.
	Reject func(Row, []Problem) error
	// Progress is called now and then, by one goroutine at a time.
	Progress func(Counts)

	mu     sync.Mutex // guards what follows, and the calls of both functions
	counts Counts
}

// gatewayID is what an import calls itself to intake.
const gatewayID = "redressctl-import"

// itemRoom is at most what an item has beside its draft.
const itemRoom = 128

// Import registers the rows of the table, over a stream. What was registered by an earlier run, whatever that run came to, is not
// registered again.
func (r *Run) Import(ctx context.Context) (Counts, error) {
	rows := map[int64]Row{} // on the way, by sequence
	sequence := int64(0)
	items := func(yield func(*intakev1.IntakeItem, error) bool) {
		for {
			row, draft, id, err := r.next()
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
				yield(nil, err)
				return
			}
			sequence++
			r.mu.Lock()
			rows[sequence] = row
			r.mu.Unlock()
			if !yield(&intakev1.IntakeItem{Sequence: sequence, Draft: draft, RequestId: id}, nil) {
				return
			}
		}
	}
	err := gateway.New(r.Intake, gatewayID, uuid.NewString()).Stream(ctx, items, func(res *intakev1.IntakeResult) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		row := rows[res.GetSequence()]
		delete(rows, res.GetSequence())
		return r.settled(row, status.FromProto(res.GetError()), res.GetRepeated())
	})
	return r.counts, err
}

// validators is how many rows a dry run has checked at a time.
const validators = 8

// Validate has every row of the table checked and registers none.
func (r *Run) Validate(ctx context.Context) (Counts, error) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(validators)
	var failure error
	for ctx.Err() == nil {
		row, draft, id, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if failure = err; err != nil {
			break
		}
		g.Go(func() error {
			resp, err := r.Intake.RegisterComplaint(ctx, &intakev1.RegisterComplaintRequest{RequestId: id, Draft: draft, ValidateOnly: true})
			st := status.Convert(err)
			if !ofTheRow(st) {
				return err
			}
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.settled(row, st, resp.GetComplaint().GetNumber() != "")
		})
	}
	return r.counts, errors.Join(g.Wait(), failure)
}

// ofTheRow tells whether an answer is about what the row holds, and not about the call.
func ofTheRow(st *status.Status) bool {
	return slices.Contains([]codes.Code{codes.OK, codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition}, st.Code())
}

// next returns the next row that can be a complaint; those before it are rejected.
func (r *Run) next() (Row, *intakev1.ComplaintDraft, string, error) {
	for {
		row, err := r.Table.Next()
		var unreadable *RowError
		if err != nil && !errors.As(err, &unreadable) {
			return row, nil, "", err
		}
		var problems []Problem
		var draft *intakev1.ComplaintDraft
		var id string
		if unreadable != nil {
			problems = []Problem{{Row: unreadable.Row, Why: unreadable.Why}}
		} else {
			draft, id, problems = r.Converter.Convert(row)
			if n := proto.Size(draft) + itemRoom; n > gateway.MaxItemBytes {
				problems = append(problems, Problem{Row: row.Number,
					Why: fmt.Sprintf("the row has %d bytes; at most %d KiB are taken", n, gateway.MaxItemBytes>>10)})
			}
		}
		r.mu.Lock()
		r.counts.Rows++
		if len(problems) > 0 {
			err = r.reject(row, problems)
		} else {
			err = nil
		}
		r.mu.Unlock()
		if len(problems) == 0 || err != nil {
			return row, draft, id, err
		}
	}
}

// settled counts what became of a row.
func (r *Run) settled(row Row, st *status.Status, repeated bool) error {
	switch {
	case st.Code() != codes.OK:
		return r.reject(row, r.Converter.problems(row, st))
	case repeated:
		r.counts.Repeated++
	default:
		r.counts.Registered++
	}
	r.Progress(r.counts)
	return nil
}

func (r *Run) reject(row Row, problems []Problem) error {
	r.counts.Rejected++
	r.Progress(r.counts)
	return r.Reject(r.Converter.since1900(row), problems)
}

// problems says what intake found wrong with a row, in the words of the file's columns.
func (c *Converter) problems(row Row, st *status.Status) []Problem {
	var list []Problem
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			if d.GetReason() == "REQUEST_ID_REUSED" {
				return []Problem{{row.Number, strings.Join(c.mapping.Key, ", "), "a row of this key was registered before with other content, or is mapped otherwise now; " +
					"what is registered is not changed by an import"}}
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				path := strings.TrimPrefix(v.GetField(), "draft.")
				list = append(list, Problem{row.Number, c.columnOf(path), strings.ReplaceAll(v.GetDescription(), "draft.", "")})
			}
		}
	}
	if len(list) == 0 {
		list = []Problem{{Row: row.Number, Why: fmt.Sprint(st.Message())}}
	}
	return list
}

// columnOf returns the column that a part of the complaint comes from, or the part's own name.
func (c *Converter) columnOf(path string) string {
	for _, x := range c.parts {
		if x.path == path && x.origin.Column != "" {
			return x.origin.Column
		}
	}
	return path
}
