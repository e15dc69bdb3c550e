package server

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// filtering is what the requests that list and watch have in common.
type filtering interface {
	GetProcedure() string
	GetState() intakev1.ComplaintState
	GetFlow() string
	GetChannel() string
	GetFields() map[string]*typev1.Value
}

// filter returns the filter of a request. A procedure that the tenant never had is a mistake of the caller, and not a list of none.
func (s *Server) filter(ctx context.Context, tenant string, req filtering) (store.Filter, error) {
	f := store.Filter{
		Procedure: req.GetProcedure(), State: domain.State(req.GetState()), Flow: req.GetFlow(), Channel: req.GetChannel(),
		Fields: procedure.FromProtos(req.GetFields()),
	}
	texts := []string{"procedure", f.Procedure, "flow", f.Flow, "channel", f.Channel}
	for key, v := range f.Fields {
		texts = append(texts, "fields."+strings.ToValidUTF8(key, ""), key+v.Code)
		if v.Kind == 0 {
			return f, fault.New(fault.Invalid, "FIELD_INVALID", "fields.%s has no value; give a code, number, flag or time", key).At("fields." + key)
		}
	}
	if err := printable(texts...); err != nil {
		return f, err
	}
	return f, s.knownProcedure(ctx, tenant, f.Procedure)
}

// knownProcedure fails for a procedure of which the tenant has published no edition; "" is all of them.
func (s *Server) knownProcedure(ctx context.Context, tenant, code string) error {
	if code == "" {
		return nil
	}
	known, err := store.Procedures(ctx, s.cfg.Pool, tenant)
	if err != nil || slices.Contains(known, code) {
		return err
	}
	list := strings.Join(known[:min(len(known), maxNamed)], ", ")
	if len(known) > maxNamed {
		list += ", …"
	}
	if list == "" {
		list = "none yet"
	}
	return fault.New(fault.NotFound, "PROCEDURE_UNKNOWN", "there is no procedure %q; published are: %s", code, list).At("procedure").With("known", list)
}

// maxNamed is how many procedures an answer names.
const maxNamed = 30

// printable fails for a text with control characters: nothing is found by one, and Postgres takes no NUL. pathsAndTexts alternate.
func printable(pathsAndTexts ...string) error {
	for pair := range slices.Chunk(pathsAndTexts, 2) {
		if strings.ContainsFunc(pair[1], unicode.IsControl) {
			return fault.New(fault.Invalid, "FIELD_INVALID", "%s holds control characters", pair[0]).At(pair[0])
		}
	}
	return nil
}

// received returns the time of receipt that a request is about.
func received(req interface {
	GetReceiveTimeFrom() *timestamppb.Timestamp
	GetReceiveTimeTo() *timestamppb.Timestamp
}) (from, to time.Time, err error) {
	if from, err = timeOf("receive_time_from", req.GetReceiveTimeFrom()); err != nil {
		return from, to, err
	}
	to, err = timeOf("receive_time_to", req.GetReceiveTimeTo())
	return from, to, err
}

// fingerprint tells a request of a tenant from others: the tokens that it gets belong to it alone.
func fingerprint(tenant string, req proto.Message) string {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(req)
	if err != nil {
		panic(err) // it came by the wire
	}
	sum := sha256.Sum256(slices.Concat([]byte(tenant), []byte{0}, body))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}
