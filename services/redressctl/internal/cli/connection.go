package cli

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"

	"google.golang.org/grpc"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
)

// Connection says where the services are, who asks, and how answers are printed.
type Connection struct {
	Intake    string `help:"Address of intake." default:"127.0.0.1:7101" env:"REDRESS_INTAKE" group:"connection"`
	Routing   string `help:"Address of routing." default:"127.0.0.1:7102" env:"REDRESS_ROUTING" group:"connection"`
	Slatimer  string `help:"Address of slatimer." default:"127.0.0.1:7103" env:"REDRESS_SLATIMER" group:"connection"`
	Followup  string `help:"Address of followup." default:"127.0.0.1:7104" env:"REDRESS_FOLLOWUP" group:"connection"`
	Reporting string `help:"Address of reporting." default:"127.0.0.1:7105" env:"REDRESS_REPORTING" group:"connection"`
	TokenFile string `help:"File with the bearer token. Default: .run/standalone/token, here or in a folder above." type:"path" env:"REDRESS_TOKEN_FILE" group:"connection"`
	CAFile    string `help:"Authority of the services' certificates, PEM: switches TLS on." type:"path" env:"REDRESS_CA_FILE" group:"connection"`
	Output    string `help:"How answers are printed: table for people, json for programs." enum:"table,json" default:"table" short:"o"`

	conns []*grpc.ClientConn
}

// services returns the addresses by name, in the order in which a complaint meets them.
func (c *Connection) services() [][2]string {
	return [][2]string{{"intake", c.Intake}, {"routing", c.Routing}, {"slatimer", c.Slatimer}, {"followup", c.Followup}, {"reporting", c.Reporting}}
}

// dial connects to a service's address with the caller's token.
func (c *Connection) dial(addr string) (*grpc.ClientConn, error) {
	file := c.TokenFile
	if file == "" {
		var err error
		if file, err = standaloneToken(); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("no token: %w (give one with --token-file or REDRESS_TOKEN_FILE)", err)
	}
	trust, err := c.tls()
	if err != nil {
		return nil, err
	}
	conn, err := rpc.Dial(addr, auth.Token{File: file}, trust)
	if err != nil {
		return nil, err
	}
	c.conns = append(c.conns, conn)
	return conn, nil
}

// tls returns the client's side of TLS, or nil when it is off.
func (c *Connection) tls() (*tls.Config, error) {
	if c.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("--ca-file: %w", err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca-file: %s holds no certificate", c.CAFile)
	}
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authority}, nil
}

// client dials addr and returns the client that make makes of the connection.
func client[T any](e *env, addr string, wrap func(grpc.ClientConnInterface) T) (T, error) {
	conn, err := e.conn.dial(addr)
	if err != nil {
		var none T
		return none, err
	}
	return wrap(conn), nil
}

func (c *Connection) close() {
	for _, conn := range c.conns {
		_ = conn.Close()
	}
}

// standaloneToken finds the token that "make run" writes, from the working folder upwards.
func standaloneToken() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		file := filepath.Join(dir, ".run", "standalone", "token")
		if _, err := os.Stat(file); err == nil {
			return file, nil
		}
		if filepath.Dir(dir) == dir {
			return "", fmt.Errorf("no token: no suite was started in this folder or above (make run), and neither --token-file nor REDRESS_TOKEN_FILE is given")
		}
		dir = filepath.Dir(dir)
	}
}
