package hostile

import (
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
	"github.com/jackc/pgx/v5"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/procedure"
	"redress.dev/pkg/rpc"
	"redress.dev/services/standalone"
)

// patience bounds what must come, so that a test which would hang ends.
const patience = time.Minute

// target is a live intake.
type target struct {
	tb    testing.TB
	suite *standalone.Suite
	addr  string
	key   *ecdsa.PrivateKey // the issuer's, for tokens that it would not make
}

func start(tb testing.TB) *target {
	tb.Helper()
	dir := tb.TempDir()
	suite, err := standalone.Start(tb.Context(), standalone.Options{Dir: dir, Only: []string{"intake"}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := suite.Stop(); err != nil {
			tb.Error(err)
		}
	})
	data, err := os.ReadFile(filepath.Join(dir, "secrets", "issuer.key"))
	if err != nil {
		tb.Fatal(err)
	}
	block, _ := pem.Decode(data)
	key, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	t := &target{tb: tb, suite: suite, addr: suite.Address("intake"), key: key}
	t.publish()
	return t
}

// complaints returns how many are registered.
func (t *target) complaints() (n int) {
	t.tb.Helper()
	conn, err := pgx.Connect(t.tb.Context(), t.suite.DatabaseURL())
	if err != nil {
		t.tb.Fatal(err)
	}
	defer conn.Close(t.tb.Context())
	if err := conn.QueryRow(t.tb.Context(), `SELECT count(*) FROM intake.complaint`).Scan(&n); err != nil {
		t.tb.Fatal(err)
	}
	return n
}

func (t *target) publish() {
	t.tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "deploy", "procedures", "consumer-finance", "2026-01", "procedure.yaml"))
	if err != nil {
		t.tb.Fatal(err)
	}
	p, err := procedure.Parse(data)
	if err != nil {
		t.tb.Fatal(err)
	}
	author := t.dial(t.token("author", optionsv1.Role_ROLE_PROCEDURE_AUTHOR))
	approver := t.dial(t.token("approver", optionsv1.Role_ROLE_SUPERVISOR))
	if _, err := editions.Publish(t.tb.Context(), editions.As(author), editions.As(approver), p); err != nil {
		t.tb.Fatal(err)
	}
}

func (t *target) token(subject string, roles ...optionsv1.Role) string {
	t.tb.Helper()
	token, err := t.suite.Token(subject, time.Hour, roles...)
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

// refused returns nil when err is the refusal that is wanted; an empty reason is gRPC's own answer.
func refused(what string, err error, code codes.Code, reason string) error {
	st := status.Convert(err)
	got := ""
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			got = info.GetReason()
		}
	}
	if st.Code() != code || got != reason {
		return fmt.Errorf("%s: got %v (%s), want %v (%s)", what, err, got, code, reason)
	}
	return nil
}
