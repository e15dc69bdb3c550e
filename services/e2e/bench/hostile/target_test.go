package hostile

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"
	"redress.dev/pkg/rpc"
	"redress.dev/services/standalone"
)

// patience bounds what must come, so that a test which would hang ends.
const patience = time.Minute

// target is a live intake, as those see it who can make any token: the neighbours, and the attackers in a process of their own.
type target struct {
	tb     testing.TB
	dir    string // of the suite
	addr   string
	issuer *auth.Issuer
	key    *ecdsa.PrivateKey // the issuer's, for tokens that it would not make
}

func newTarget(tb testing.TB, dir, addr string) *target {
	tb.Helper()
	secrets := filepath.Join(dir, "secrets")
	issuer, err := auth.OpenIssuer(secrets)
	if err != nil {
		tb.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(secrets, "issuer.key"))
	if err != nil {
		tb.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return &target{tb: tb, dir: dir, addr: addr, issuer: issuer, key: key}
}

func (t *target) token(subject string, roles ...optionsv1.Role) string {
	t.tb.Helper()
	return t.tokenOf(standalone.Tenant, subject, roles...)
}

func (t *target) tokenOf(tenant, subject string, roles ...optionsv1.Role) string {
	t.tb.Helper()
	token, err := t.issuer.Token(auth.Principal{Tenant: tenant, Subject: subject, Roles: roles}, time.Now(), time.Hour)
	if err != nil {
		t.tb.Fatal(err)
	}
	return token
}

// forge returns a token like a good one but for what spoil changes.
func (t *target) forge(method jwt.SigningMethod, key any, spoil func(jwt.MapClaims)) string {
	t.tb.Helper()
	claims := jwt.MapClaims{
		"iss": auth.LocalIssuer, "aud": "redress", "sub": "forger", "tenant": standalone.Tenant, "roles": []string{"integration"},
		"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
	}
	spoil(claims)
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.tb.Fatal(err)
	}
	return token
}

func (t *target) connect(token string) (*grpc.ClientConn, error) {
	return rpc.Dial(t.addr, auth.Token{Value: token}, nil)
}

func (t *target) dial(token string) *grpc.ClientConn {
	t.tb.Helper()
	conn, err := t.connect(token)
	if err != nil {
		t.tb.Fatal(err)
	}
	t.tb.Cleanup(func() { conn.Close() })
	return conn
}

// gateway returns a client with a gateway's token and a connection of its own.
func (t *target) gateway(subject string) intakev1.IntakeServiceClient {
	t.tb.Helper()
	return intakev1.NewIntakeServiceClient(t.dial(t.token(subject, optionsv1.Role_ROLE_INTEGRATION)))
}

func draft() *intakev1.ComplaintDraft {
	fields := map[string]*typev1.Value{}
	for key, code := range map[string]string{"product": "Mortgage", "issue": "Struggling to pay mortgage", "company": "BANK", "state": "CA"} {
		fields[key] = procedure.ToProto(procedure.Code(code))
	}
	return &intakev1.ComplaintDraft{
		Procedure: "consumer-finance", Channel: "Web", Content: "They charged me twice.", Fields: fields,
		Complainant: &intakev1.Party{Kind: "consumer", Name: "王小明"},
	}
}

func register(ctx context.Context, client intakev1.IntakeServiceClient, d *intakev1.ComplaintDraft) (*intakev1.Complaint, error) {
	resp, err := client.RegisterComplaint(ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
	return resp.GetComplaint(), err
}

type (
	request  = intakev1.StreamIntakeRequest
	response = intakev1.StreamIntakeResponse
	stream   = grpc.BidiStreamingClient[request, response]
)

func opening(session string) *request {
	return &request{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "gateway", SessionId: session}}}
}

func item(sequence int64, d *intakev1.ComplaintDraft) *request {
	return &request{Frame: &intakev1.StreamIntakeRequest_Item{Item: &intakev1.IntakeItem{Sequence: sequence, Draft: d}}}
}

// open opens a session and returns its stream and watermark.
func open(ctx context.Context, client intakev1.IntakeServiceClient, session string) (stream, int64, error) {
	s, err := client.StreamIntake(ctx)
	if err != nil {
		return nil, 0, err
	}
	if err := send(s, opening(session)); err != nil {
		return nil, 0, err
	}
	resp, err := s.Recv()
	if err == nil && resp.GetOpened() == nil {
		err = fmt.Errorf("the opening is answered with %v", resp)
	}
	return s, resp.GetOpened().GetAckedSequence(), err
}

// send sends a frame; a stream that has ended says why when it is received from.
func send(s stream, r *request) error {
	if err := s.Send(r); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// ending receives until the stream ends and returns why.
func ending(s stream) error {
	for {
		if _, err := s.Recv(); err != nil {
			return err
		}
	}
}

// surprise is the error of an answer that was not expected, with err if there was one.
func surprise(what string, got any, err error) error {
	return errors.Join(fmt.Errorf("%s: got %v", what, got), err)
}

var errNone = errors.New("no error")

// reasonOf returns the reason of a refusal.
func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

// letIn does something, and again after a while as long as the caller has begun too much of it.
func letIn(ctx context.Context, do func() error) error {
	for {
		err := do()
		if reasonOf(err) != "CALLER_BUSY" {
			return err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// openWhenLetIn opens a session as soon as the caller may.
func openWhenLetIn(ctx context.Context, client intakev1.IntakeServiceClient, session string) (s stream, acked int64, err error) {
	err = letIn(ctx, func() error {
		s, acked, err = open(ctx, client, session)
		return err
	})
	return s, acked, err
}

// refused returns nil when err is the refusal that is wanted; an empty reason is gRPC's own answer.
func refused(what string, err error, code codes.Code, reason string) error {
	st, got := status.Convert(err), reasonOf(err)
	if st.Code() != code || got != reason {
		return fmt.Errorf("%s: want %v (%s), got (%s) %w", what, code, reason, got, cmp.Or(err, errNone))
	}
	return nil
}
