package hostile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/services/standalone"
)

// attack is one way to be hostile.
type attack struct {
	name string
	// barren says that nothing is registered of it.
	barren bool
	// prepare makes what the rounds share, and returns one. A round ends by itself, or when done is closed; it returns an error when it is
	// not answered as it must be.
	prepare func(t *target) func(ctx context.Context, done <-chan struct{}) error
}

// control is no attack: it uses all processors and does not touch intake. What it does to the neighbours is the machine's doing.
var control = attack{"nobody, but the processors are busy", true, func(*target) func(context.Context, <-chan struct{}) error {
	return func(_ context.Context, done <-chan struct{}) error {
		for range runtime.NumCPU() - 1 {
			go busy(done)
		}
		busy(done)
		return nil
	}
}}

// busy computes until done is closed.
func busy(done <-chan struct{}) {
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
			sha256.Sum256(make([]byte, 1<<16))
		}
	}
}

var attacks = []attack{
	{"reader that never reads", false, neverReading},
	{"streams that say nothing", true, silentStreams},
	{"streams opened and cancelled", true, rapidCancel},
	{"cancelled after each frame", false, cancelAfterFrames},
	{"frames out of place", true, misplacedFrames},
	{"items that are too large or broken", false, brokenItems},
	{"messages that cannot be read", true, unreadableMessages},
	{"another gateway's session", false, foreignSession},
	{"tokens that do not hold", true, badTokens},
	{"deadlines that are none", false, badDeadlines},
	{"calls by the hundred", false, callFlood},
	{"guessed ids and old request ids", false, guesses},
	{"methods that are not there", true, unknownMethods},
	{"connections by the thousand", false, connectionFlood},
	{"pings and headers without end", true, rawFlood},
}

// raw sends bytes as they are.
type raw struct{}

func (raw) Name() string                  { return "proto" }
func (raw) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (raw) Unmarshal([]byte, any) error   { return nil }

// unreadableMessages sends bytes that are no message, on streams and as calls.
func unreadableMessages(t *target) func(context.Context, <-chan struct{}) error {
	conn := t.dial(t.token("gateway-noise", optionsv1.Role_ROLE_INTEGRATION))
	field := func(content []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), content)
	}
	packed := []grpc.CallOption{grpc.UseCompressor(gzip.Name), grpc.MaxCallSendMsgSize(math.MaxInt32)}
	messages := []struct {
		name   string
		bytes  []byte
		opts   []grpc.CallOption
		code   codes.Code
		reason string
	}{
		{"noise", []byte{0xff}, nil, codes.InvalidArgument, "REQUEST_INVALID"},
		{"text that is not UTF-8", field(field([]byte("\xff\xfe"))), nil, codes.InvalidArgument, "REQUEST_INVALID"},
		{"10,001 groups in each other", bytes.Repeat(protowire.AppendTag(nil, 99, protowire.StartGroupType), 10_001), nil, codes.InvalidArgument, "REQUEST_INVALID"},
		{"a byte too many", make([]byte, 256<<10+1), nil, codes.ResourceExhausted, ""},
		{"a bomb of 1000:1", make([]byte, 16<<20), packed, codes.ResourceExhausted, ""},
	}
	return func(ctx context.Context, _ <-chan struct{}) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		for _, m := range messages {
			opts := append([]grpc.CallOption{grpc.ForceCodec(raw{})}, m.opts...)
			err := conn.Invoke(ctx, intakev1.IntakeService_RegisterComplaint_FullMethodName, m.bytes, nil, opts...)
			if err := refused("a call of "+m.name, err, m.code, m.reason); err != nil {
				return err
			}
			err = letIn(ctx, func() error {
				s, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, intakev1.IntakeService_StreamIntake_FullMethodName, opts...)
				if err != nil {
					return err
				}
				_ = s.SendMsg(m.bytes) // RecvMsg says why
				return s.RecvMsg(nil)
			})
			if err := refused("a stream of "+m.name, err, m.code, m.reason); err != nil {
				return err
			}
		}
		return nil
	}
}

// badTokens calls with tokens that do not hold.
func badTokens(t *target) func(context.Context, <-chan struct{}) error {
	same := func(jwt.MapClaims) {}
	public, err := t.key.PublicKey.Bytes()
	if err != nil {
		t.tb.Fatal(err)
	}
	clients := map[string]intakev1.IntakeServiceClient{}
	for name, token := range map[string]string{
		"no token":              "",
		"no signature":          t.forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"a secret that is none": t.forge(jwt.SigningMethodHS256, public, same),
		"an old token":          t.forge(jwt.SigningMethodES256, t.key, func(c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Minute).Unix() }),
		"another's token":       t.forge(jwt.SigningMethodES256, t.key, func(c jwt.MapClaims) { c["aud"] = "payroll" }),
		"another issuer":        t.forge(jwt.SigningMethodES256, t.key, func(c jwt.MapClaims) { c["iss"] = "https://elsewhere.example" }),
	} {
		clients[name] = intakev1.NewIntakeServiceClient(t.dial(token))
	}
	powerless := intakev1.NewIntakeServiceClient(t.dial(t.forge(jwt.SigningMethodES256, t.key, func(c jwt.MapClaims) { c["roles"] = []string{"root"} })))
	return func(ctx context.Context, _ <-chan struct{}) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		for name, client := range clients {
			_, err := register(ctx, client, draft())
			if err := refused("a call with "+name, err, codes.Unauthenticated, "TOKEN_INVALID"); err != nil {
				return err
			}
			_, _, err = open(ctx, client, "forged")
			if err := refused("a stream with "+name, err, codes.Unauthenticated, "TOKEN_INVALID"); err != nil {
				return err
			}
		}
		_, err := register(ctx, powerless, draft())
		return refused("a role that there is not", err, codes.PermissionDenied, "ROLE_REQUIRED")
	}
}

// badDeadlines calls without time.
func badDeadlines(t *target) func(context.Context, <-chan struct{}) error {
	conn := t.dial(t.token("gateway-hasty", optionsv1.Role_ROLE_INTEGRATION))
	return func(ctx context.Context, _ <-chan struct{}) error {
		// A stream of one request and one answer: nothing in our client gives it a deadline.
		s, err := conn.NewStream(ctx, &grpc.StreamDesc{}, intakev1.IntakeService_RegisterComplaint_FullMethodName)
		if err != nil {
			return err
		}
		_ = s.SendMsg(&intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}) // RecvMsg says why
		_ = s.CloseSend()
		if err := refused("no deadline", s.RecvMsg(&intakev1.RegisterComplaintResponse{}), codes.InvalidArgument, "DEADLINE_REQUIRED"); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		_, err = register(short, intakev1.NewIntakeServiceClient(conn), draft())
		if code := status.Code(err); code != codes.DeadlineExceeded && code != codes.InvalidArgument {
			return surprise("a deadline of a millisecond", code, err)
		}
		return nil
	}
}

// callFlood makes 200 calls at once over two connections. Some are let in, the others are told to wait.
func callFlood(t *target) func(context.Context, <-chan struct{}) error {
	token := t.token("agent-flood", optionsv1.Role_ROLE_AGENT)
	clients := []intakev1.IntakeServiceClient{intakev1.NewIntakeServiceClient(t.dial(token)), intakev1.NewIntakeServiceClient(t.dial(token))}
	return func(ctx context.Context, _ <-chan struct{}) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		var taken atomic.Int64
		var g errgroup.Group
		for i := range 200 {
			g.Go(func() error {
				_, err := register(ctx, clients[i%2], draft())
				if err == nil {
					taken.Add(1)
					return nil
				}
				return refused("a call of a flood", err, codes.ResourceExhausted, "CALLER_BUSY")
			})
		}
		err := g.Wait()
		if err == nil && taken.Load() == 0 {
			err = errors.New("a flood is refused as a whole")
		}
		return err
	}
}

// guesses asks for what is another's, from inside the tenant and from outside, and repeats a request with another body.
func guesses(t *target) func(context.Context, <-chan struct{}) error {
	client := t.gateway("gateway-curious")
	rival := intakev1.NewIntakeServiceClient(t.dial(t.tokenOf("rival", "gateway-rival", optionsv1.Role_ROLE_INTEGRATION)))
	return func(ctx context.Context, _ <-chan struct{}) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		req := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()}
		resp, err := client.RegisterComplaint(ctx, req)
		if err != nil {
			return err
		}
		for name, ask := range map[string]struct {
			client intakev1.IntakeServiceClient
			id     string
		}{"a guessed id": {client, uuid.NewString()}, fmt.Sprintf("a complaint of the tenant %q", standalone.Tenant): {rival, resp.GetComplaint().GetComplaintId()}} {
			_, err := ask.client.GetComplaint(ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: ask.id}})
			if err := refused(name, err, codes.NotFound, "COMPLAINT_NOT_FOUND"); err != nil {
				return err
			}
		}
		req.Draft.Content = "something else"
		_, err = client.RegisterComplaint(ctx, req)
		return refused("a request id with another body", err, codes.InvalidArgument, "REQUEST_ID_REUSED")
	}
}
