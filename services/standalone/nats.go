package standalone

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const natsStartTimeout = 20 * time.Second

// natsServer is the embedded NATS server. Nothing listens: its clients connect within the process.
type natsServer struct{ server *server.Server }

func startNATS(opts Options) (*natsServer, error) {
	dir := filepath.Join(opts.Dir, "nats")
	s, err := server.NewServer(&server.Options{
		ServerName: "redress", JetStream: true, StoreDir: dir, SyncAlways: opts.SyncAlways,
		DontListen: true, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, fmt.Errorf("NATS server: %w", err)
	}
	s.Start()
	n := &natsServer{s}
	if !s.ReadyForConnections(natsStartTimeout) || !s.JetStreamEnabled() {
		n.stop()
		return nil, errors.New("the NATS server did not start on " + dir + ": the folder may belong to another user or be damaged; " +
			"it holds copies only and may be removed")
	}
	return n, nil
}

// stop ends the server; what it has acknowledged stays in its folder.
func (n *natsServer) stop() {
	n.server.Shutdown()
	n.server.WaitForShutdown()
}
