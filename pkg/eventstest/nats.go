package eventstest

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// patience bounds every wait of a test for something that should take milliseconds.
const patience = 30 * time.Second

// Server is a NATS server in this process, with JetStream on files, that can be stopped, started and robbed of its memory.
type Server struct {
	t    testing.TB
	dir  string
	port int
	srv  *server.Server
}

// NATS starts a server that stops with the test.
func NATS(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, dir: t.TempDir(), port: server.RANDOM_PORT}
	t.Cleanup(s.Stop)
	s.Start()
	return s
}

// Start starts the server again, on the same port and with what its store holds.
func (s *Server) Start() {
	s.t.Helper()
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: s.port, JetStream: true, StoreDir: s.store(), NoSigs: true, NoLog: true,
	})
	if err != nil {
		s.t.Fatalf("start nats: %v", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(patience) {
		s.t.Fatal("nats takes no connections")
	}
	s.srv, s.port = srv, srv.Addr().(*net.TCPAddr).Port
}

// Stop stops the server; stopping it again is harmless.
func (s *Server) Stop() {
	if s.srv != nil {
		s.srv.Shutdown()
		s.srv.WaitForShutdown()
		s.srv = nil
	}
}

// Wipe empties the store of a stopped server.
func (s *Server) Wipe() {
	s.t.Helper()
	// A stopped server may still write the batch that it was taking in.
	err := os.RemoveAll(s.store())
	for try := 0; errors.Is(err, syscall.ENOTEMPTY) && try < 1000; try++ {
		err = os.RemoveAll(s.store())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// Save copies the store of a stopped server, for Restore.
func (s *Server) Save() {
	s.t.Helper()
	if err := os.CopyFS(s.saved(), os.DirFS(s.store())); err != nil {
		s.t.Fatal(err)
	}
}

// Restore puts back what Save copied: everything later is forgotten.
func (s *Server) Restore() {
	s.t.Helper()
	s.Wipe()
	if err := os.CopyFS(s.store(), os.DirFS(s.saved())); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) store() string { return filepath.Join(s.dir, "store") }
func (s *Server) saved() string { return filepath.Join(s.dir, "saved") }

// URL is the server's address, the same after every start.
func (s *Server) URL() string {
	return "nats://127.0.0.1:" + strconv.Itoa(s.port)
}

// Conn returns a connection that waits for the server where it is down, as those of services do. It is closed with the test.
func (s *Server) Conn(t testing.TB) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(s.URL(), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(20*time.Millisecond), nats.ReconnectJitter(0, 0))
	if err != nil {
		t.Fatalf("connect to nats: %v", err)
	}
	t.Cleanup(conn.Close)
	return conn
}
