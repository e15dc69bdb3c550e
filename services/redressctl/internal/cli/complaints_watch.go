package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// watchAgain is what a watch waits before it goes on after its connection has ended.
const watchAgain = time.Second

type watchCmd struct {
	Complaint string            `arg:"" optional:"" help:"Number or UUID of one complaint; without it, all that the flags let in."`
	Procedure string            `help:"Only of this procedure."`
	State     string            `help:"Only in this state: open, closed or withdrawn." enum:",open,closed,withdrawn" default:""`
	Flow      string            `help:"Only of this entry flow."`
	Channel   string            `help:"Only by this channel."`
	Field     map[string]string `help:"Only with this fact. Repeatable." placeholder:"KEY=VALUE"`
	Resume    string            `help:"Goes on where an earlier watch of the same complaints ended." placeholder:"TOKEN"`
	Once      bool              `help:"Ends after the present state, with the token to go on from."`
}

// Help says what is printed.
func (watchCmd) Help() string {
	return `Prints the present state, then a line for each change, until it is interrupted; with -o json one object a line. When the
server stops it goes on with another by itself.`
}

// Run watches until it is interrupted.
func (c watchCmd) Run(e *env) error {
	fields, err := values(c.Field)
	if err != nil {
		return err
	}
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	req := &intakev1.WatchComplaintsRequest{
		ComplaintId: id, Procedure: c.Procedure, State: enum(c.State, "COMPLAINT_STATE_", intakev1.ComplaintState_value, intakev1.ComplaintState(0)),
		Flow: c.Flow, Channel: c.Channel, Fields: fields, ResumeToken: c.Resume,
	}
	for {
		delay, err := c.follow(e, api, req)
		if delay == 0 || err != nil {
			return err
		}
		select {
		case <-e.ctx.Done():
			return nil
		case <-time.After(delay):
		}
	}
}

// follow prints one stream's frames and keeps its last token in req. It returns how long to wait before the next stream; 0 is the end.
func (c watchCmd) follow(e *env, api intakev1.IntakeServiceClient, req *intakev1.WatchComplaintsRequest) (time.Duration, error) {
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	stream, err := api.WatchComplaints(ctx, req)
	if err != nil {
		return 0, err
	}
	for frames := 0; ; frames++ {
		frame, err := stream.Recv()
		switch {
		case e.ctx.Err() != nil, errors.Is(err, io.EOF):
			return 0, nil
		case status.Code(err) == codes.Unavailable && frames > 0 && req.GetResumeToken() != "":
			return watchAgain, nil // connections live for half an hour
		case err != nil:
			if req.GetResumeToken() != "" {
				err = fmt.Errorf("%w (go on with --resume %s)", err, req.GetResumeToken())
			}
			return 0, err
		}
		if token := frame.GetResumeToken(); token != "" {
			req.ResumeToken = token
		}
		if away := frame.GetGoAway(); away != nil {
			return max(away.GetReconnectDelay().AsDuration(), time.Millisecond), nil
		}
		if err := e.print.frame(frame); err != nil {
			return 0, err
		}
		if c.Once && frame.GetHeartbeat() != nil {
			if e.print.format != "json" {
				fmt.Fprintf(e.print.w, "Go on with: --resume %s\n", req.GetResumeToken())
			}
			return 0, nil
		}
	}
}

// frame prints one frame of a watch on one line; for people heartbeats say nothing.
func (p printer) frame(f *intakev1.WatchComplaintsResponse) error {
	if p.format == "json" {
		data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(f)
		if err == nil {
			_, err = fmt.Fprintf(p.w, "%s\n", data)
		}
		return err
	}
	switch x := f.GetComplaint(); {
	case x != nil:
		fmt.Fprintf(p.w, "%s  version %d, %s, received %s by %s, %s\n", x.GetNumber(), x.GetVersion(), word(x.GetState(), "COMPLAINT_STATE_"),
			at(x.GetReceiveTime()), x.GetChannel(), short(facts(x.GetFields())))
	case f.GetLeftComplaintId() != "":
		fmt.Fprintf(p.w, "%s  is not among them any more\n", f.GetLeftComplaintId())
	}
	return nil
}
