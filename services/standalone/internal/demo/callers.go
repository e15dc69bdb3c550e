package demo

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/services/standalone"
)

// gatewayID is who brings the complaints in.
const gatewayID = "call-centre-gateway"

// callerTokenLife outlives any replay.
const callerTokenLife = 24 * time.Hour

// callers are the people and systems of the demo, each with a token and connections of its own.
type callers struct {
	suite *standalone.Suite
	mu    sync.Mutex
	conns map[string]*grpc.ClientConn
}

func newCallers(suite *standalone.Suite) *callers {
	return &callers{suite: suite, conns: map[string]*grpc.ClientConn{}}
}

// dial returns the connection of subject, in the given roles, to a service.
func (c *callers) dial(service, subject string, roles ...optionsv1.Role) (*grpc.ClientConn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := strings.Join([]string{service, subject, fmt.Sprint(roles)}, " ")
	if conn := c.conns[key]; conn != nil {
		return conn, nil
	}
	token, err := c.suite.Token(subject, callerTokenLife, roles...)
	if err != nil {
		return nil, err
	}
	conn, err := c.suite.Dial(service, token)
	if err != nil {
		return nil, err
	}
	c.conns[key] = conn
	return conn, nil
}

func (c *callers) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}
