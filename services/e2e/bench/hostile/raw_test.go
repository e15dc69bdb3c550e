package hostile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

// rawConn speaks HTTP/2 as no client library would.
type rawConn struct {
	net.Conn
	framer *http2.Framer
}

// rawDial connects and says hello.
func (t *target) rawDial() (*rawConn, error) {
	conn, err := net.Dial("tcp", t.addr)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	r := &rawConn{conn, http2.NewFramer(conn, conn)}
	r.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return nil, err
	}
	return r, r.framer.WriteSettings()
}

// headers begins a call of a path, with further headers.
func (r *rawConn) headers(stream uint32, path string, more ...hpack.HeaderField) error {
	var block bytes.Buffer
	enc := hpack.NewEncoder(&block)
	for _, f := range append([]hpack.HeaderField{
		{Name: ":method", Value: "POST"}, {Name: ":scheme", Value: "http"}, {Name: ":path", Value: path}, {Name: ":authority", Value: "intake"},
		{Name: "content-type", Value: "application/grpc"}, {Name: "te", Value: "trailers"},
	}, more...) {
		if err := enc.WriteField(f); err != nil {
			return err
		}
	}
	all := block.Bytes()
	first := all[:min(len(all), 16<<10)]
	if err := r.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: first, EndHeaders: len(first) == len(all)}); err != nil {
		return err
	}
	for rest := all[len(first):]; len(rest) > 0; {
		part := rest[:min(len(rest), 16<<10)]
		rest = rest[len(part):]
		_ = r.framer.WriteContinuation(stream, len(rest) == 0, part) // the server may have hung up: its answer says so
	}
	return nil
}

// answer reads until the server answers a call, resets it or hangs up, and returns which.
func (r *rawConn) answer() string {
	for {
		f, err := r.framer.ReadFrame()
		if err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				return "nothing"
			}
			return "hung up"
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			for _, h := range f.Fields {
				if h.Name == "grpc-status" || h.Name == ":status" && h.Value != "200" {
					return h.Name + " " + h.Value
				}
			}
		case *http2.RSTStreamFrame:
			return fmt.Sprint("reset ", f.ErrCode)
		case *http2.GoAwayFrame:
			return fmt.Sprint("go away ", f.ErrCode)
		}
	}
}

// unknownMethods calls what is not there, and paths that are none.
func unknownMethods(t *target) func(context.Context, <-chan struct{}) error {
	token := t.token("gateway-lost", optionsv1.Role_ROLE_INTEGRATION)
	conn := t.dial(token)
	return func(ctx context.Context, _ <-chan struct{}) error {
		for _, method := range []string{
			"/redress.intake.v2.IntakeService/RegisterComplaint", "/redress.intake.v1.IntakeService/DropComplaints",
			"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/grpc.channelz.v1.Channelz/GetServers",
		} {
			err := conn.Invoke(ctx, method, &emptypb.Empty{}, &emptypb.Empty{})
			if err := refused(method, err, codes.Unimplemented, ""); err != nil {
				return err
			}
		}
		for _, path := range []string{"redress.intake.v1.IntakeService/RegisterComplaint", "RegisterComplaint", "/"} {
			r, err := t.rawDial()
			if err != nil {
				return err
			}
			err = r.headers(1, path, hpack.HeaderField{Name: "authorization", Value: "Bearer " + token})
			got := r.answer()
			r.Close()
			if err != nil || got != "grpc-status 12" { // UNIMPLEMENTED
				return surprise(fmt.Sprintf("the path %q", path), got, err)
			}
		}
		return nil
	}
}

// connectionFlood opens twice as many connections as there may be and says nothing on them. Still somebody with a token comes in.
func connectionFlood(t *target) func(context.Context, <-chan struct{}) error {
	token := t.token("agent-late", optionsv1.Role_ROLE_AGENT)
	return func(ctx context.Context, _ <-chan struct{}) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		const n = 2 * 1024
		closed := make(chan struct{}, n)
		for range n {
			conn, err := net.DialTimeout("tcp", t.addr, patience)
			if err != nil {
				return fmt.Errorf("connect: %w", err)
			}
			defer conn.Close()
			go func() {
				_, _ = io.Copy(io.Discard, conn) // until either side closes
				closed <- struct{}{}
			}()
		}
		for i := range n - 1024 {
			select {
			case <-closed:
			case <-ctx.Done():
				return fmt.Errorf("only %d of %d connections were closed", i, n)
			}
		}
		conn, err := t.connect(token)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := register(ctx, intakev1.NewIntakeServiceClient(conn), draft()); err != nil {
			return fmt.Errorf("a caller among silent connections: %w", err)
		}
		return nil
	}
}

// rawFlood sends frames that make the server work for nothing. It hangs up on them.
func rawFlood(t *target) func(context.Context, <-chan struct{}) error {
	return func(context.Context, <-chan struct{}) error {
		pings, err := t.rawDial()
		if err != nil {
			return err
		}
		defer pings.Close()
		for range 10_000 {
			if err := pings.framer.WritePing(false, [8]byte{}); err != nil {
				break // hung up: as it should
			}
		}
		if got := pings.answer(); got != "hung up" && got != "go away ENHANCE_YOUR_CALM" {
			return surprise("10,000 pings", got, nil)
		}
		headers, err := t.rawDial()
		if err != nil {
			return err
		}
		defer headers.Close()
		if err := headers.headers(1, "/redress.intake.v1.IntakeService/GetComplaint", hpack.HeaderField{Name: "note", Value: strings.Repeat("x", 1<<20)}); err != nil {
			return err
		}
		if got := headers.answer(); got == "nothing" || got == "grpc-status 0" {
			return surprise("a header of 1 MiB", got, nil)
		}
		return nil
	}
}
