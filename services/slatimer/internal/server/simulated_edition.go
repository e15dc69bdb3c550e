package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// maxFindings is how many findings one answer lists: it travels in headers.
const maxFindings = 50

// tried returns the edition that a request wants to try, with its calendar in place. It is compiled here and kept nowhere.
func (s *Server) tried(ctx context.Context, req *slatimerv1.SimulatePolicyRequest) (*procedure.Procedure, error) {
	content := req.GetDraft()
	field := "draft"
	if content == nil {
		field = "digest"
		var err error
		switch content, err = s.cfg.Fetch(ctx, req.GetDigest()); {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case status.Code(err) == codes.NotFound:
			return nil, fault.New(fault.NotFound, "EDITION_NOT_FOUND", "there is no edition of this digest; redressctl procedure list shows those that there are").At("digest")
		case err != nil:
			return nil, fault.New(fault.Unavailable, "HISTORY_UNAVAILABLE", "intake does not answer, and it keeps the editions; start it and try again").With("producer", "intake")
		}
	}
	if own := req.GetCalendar(); own != nil {
		var err error
		if content, err = withCalendar(content, own); err != nil {
			return nil, err
		}
	}
	p, err := procedure.Compile(content)
	if err != nil {
		return nil, unsound(err, field)
	}
	return p, nil
}

// withCalendar returns a copy of p in which one calendar is another.
func withCalendar(p *procedurev1.Procedure, own *procedurev1.Calendar) (*procedurev1.Procedure, error) {
	p = proto.CloneOf(p)
	keys := make([]string, len(p.GetCalendars()))
	for i, c := range p.GetCalendars() {
		keys[i] = c.GetKey()
	}
	i := slices.Index(keys, own.GetKey())
	if i < 0 {
		known := strings.Join(keys, ", ")
		return nil, fault.New(fault.Invalid, "CALENDAR_UNKNOWN", "the edition has no calendar %q; it has: %s", own.GetKey(), known).
			At("calendar.key").With("known", known)
	}
	p.Calendars[i] = own
	return p, nil
}

// unsound returns what Compile found as a fault, each finding a violation.
func unsound(err error, field string) error {
	var invalid *procedure.InvalidError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("compile edition: %w", err)
	}
	f := fault.New(fault.Invalid, "PROCEDURE_INVALID", "the edition is not sound: %d findings", len(invalid.Findings)).At(field)
	for _, found := range invalid.Findings[:min(len(invalid.Findings), maxFindings)] {
		path := field
		if found.Path != "" {
			path += "." + found.Path
		}
		f.Violations = append(f.Violations, fault.Violation{Field: path, Detail: found.Detail})
	}
	return f
}

// windowOf reads the window of a request.
func windowOf(req *slatimerv1.SimulatePolicyRequest) (window, error) {
	var w window
	for _, end := range []struct {
		field string
		in    *timestamppb.Timestamp
	}{{"receive_time_from", req.GetReceiveTimeFrom()}, {"receive_time_to", req.GetReceiveTimeTo()}} {
		if end.in == nil {
			continue
		}
		if end.in.CheckValid() != nil {
			return w, fault.New(fault.Invalid, "REQUEST_INVALID", "%s is no time between the years 1 and 9999", end.field).At(end.field)
		}
		if end.field == "receive_time_from" {
			w.from = end.in.AsTime()
		} else {
			w.to = end.in.AsTime()
		}
	}
	if !w.to.IsZero() && !w.from.Before(w.to) {
		return w, fault.New(fault.Invalid, "REQUEST_INVALID", "receive_time_to must lie after receive_time_from").At("receive_time_to")
	}
	return w, nil
}
