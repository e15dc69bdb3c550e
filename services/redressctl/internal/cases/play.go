package cases

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
)

// play is one case as it is played: its tenant, its people and how far its story has come.
type play struct {
	run    *run
	c      *Case
	api    *apis
	tenant string

	complaints map[string]string // ids by the author's names
	seats      map[string]string // who sits in each post now
	tokens     map[string]auth.Token
	next       int  // entry of the story
	over       bool // an act went wrong: what follows would say nothing new

	result Result
}

// maxPage is the largest page that the services give.
const maxPage = 200

// tokenLife is longer than any run.
const tokenLife = 12 * time.Hour

// as makes a call one of subject in the case's tenant.
func (p *play) as(subject string, role optionsv1.Role) grpc.CallOption {
	key := subject + " " + role.String()
	token, ok := p.tokens[key]
	if !ok {
		value, err := p.run.suite.TenantToken(p.tenant, subject, tokenLife, role)
		if err != nil {
			p.run.Log("token of %s: %v", subject, err) // the call that follows is refused, and says so
		}
		token = auth.Token{Value: value}
		p.tokens[key] = token
	}
	return grpc.PerRPCCredentials(token)
}

// viewer is who looks.
func (p *play) viewer() grpc.CallOption { return p.as("case", optionsv1.Role_ROLE_SUPERVISOR) }

func requestID() string { return uuid.NewString() }

// due reports whether the next entry of the story is at an instant.
func (p *play) due(at time.Time) bool {
	return !p.over && p.next < len(p.c.story) && p.c.story[p.next].at.Equal(at)
}

// act does what the next entry tells.
func (p *play) act(ctx context.Context) {
	e := p.c.story[p.next]
	if e.act == nil {
		return
	}
	err := e.act.do(ctx, p, e.complaint)
	switch {
	case err == nil && e.refused == nil:
	case err == nil:
		p.fail(e, e.line, e.name, e.refused.String(), "it was accepted")
		p.over = true
	case e.refused == nil:
		p.fail(e, e.line, e.name, "it is done", errorWords(err))
		p.over = true
	case !e.refused.is(err):
		p.fail(e, e.line, e.name, e.refused.String(), errorWords(err))
	}
}

// look checks what the next entry expects, and turns to the one after it.
func (p *play) look(ctx context.Context) {
	e := p.c.story[p.next]
	p.next++
	if p.over {
		return
	}
	v := &view{play: p, complaint: p.complaints[e.complaint]}
	for _, c := range e.expect {
		found, ok, err := c.look(ctx, v)
		if err != nil {
			found, ok = errorWords(err), false
		}
		if !ok {
			p.fail(e, c.line, c.what, c.want, found)
		}
	}
	p.over = p.run.FailFast && !p.result.Passed()
}

func (p *play) fail(e *entry, line int, what, want, found string) {
	if e.complaint != firstComplaint {
		what += " of complaint " + e.complaint
	}
	p.result.Failures = append(p.result.Failures, Failure{line, written(e.at, p.c.pack.zone), what, want, found})
}

// String returns the refusal as it is expected.
func (r *refusal) String() string {
	if r.field == "" {
		return "refused: " + r.reason
	}
	return "refused: " + r.reason + " at " + r.field
}

// is reports whether err is this refusal. A field is named with or without the part of the request that holds it.
func (r *refusal) is(err error) bool {
	reason, fields := reasonOf(err)
	return reason == r.reason && (r.field == "" || slices.ContainsFunc(fields, func(f string) bool { return bare(f) == bare(r.field) }))
}

func bare(field string) string {
	for _, part := range []string{"draft.", "fields.", "personal_fields.", "complainant."} {
		field = strings.TrimPrefix(field, part)
	}
	return field
}

// reasonOf returns the reason of a service's refusal and the fields that it names; "" for any other error.
func reasonOf(err error) (reason string, fields []string) {
	var refused interface{ GRPCStatus() *status.Status }
	if !errors.As(err, &refused) {
		return "", nil
	}
	for _, d := range refused.GRPCStatus().Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			reason = d.GetReason()
			if f := d.GetMetadata()["field"]; f != "" {
				fields = append(fields, f)
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				fields = append(fields, v.GetField())
			}
		}
	}
	return reason, fields
}

// errorWords returns an error on one line: a refusal with its reason.
func errorWords(err error) string {
	reason, fields := reasonOf(err)
	if reason == "" {
		return err.Error()
	}
	text := fmt.Sprintf("refused: %s", reason)
	if len(fields) > 0 {
		text += " at " + strings.Join(sorted(fields), ", ")
	}
	return text + ": " + status.Convert(err).Message()
}
