package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/caarlos0/env/v11"

	"redress.dev/pkg/auth"
)

// Config is what every service is told by its environment. Each variable has the service's name before it: INTAKE_LISTEN.
type Config struct {
	// Listen is host:port of the gRPC server; port 0 takes a free one.
	Listen string `env:"LISTEN" envDefault:"127.0.0.1:0"`
	// HealthListen is host:port of a listener without TLS that serves health alone, for Kubernetes' probes; empty serves none.
	HealthListen string `env:"HEALTH_LISTEN"`
	// DatabaseURL is the Postgres address; or
	DatabaseURL string `env:"DATABASE_URL"`
	// DatabaseURLFile holds it, as a secret does.
	DatabaseURLFile string `env:"DATABASE_URL_FILE"`
	// NATSURL is the address of the NATS servers, comma-separated.
	NATSURL string `env:"NATS_URL" envDefault:"nats://127.0.0.1:4222"`
	// NATSCredentialsFile is a NATS credentials file, if the servers ask for one.
	NATSCredentialsFile string `env:"NATS_CREDENTIALS_FILE"`
	// StreamReplicas is how many NATS servers keep the service's stream: 1 or 3.
	StreamReplicas int `env:"STREAM_REPLICAS" envDefault:"1"`
	// Peers are the addresses of the services it asks, as name=host:port, comma-separated.
	Peers map[string]string `env:"PEERS" envKeyValSeparator:"="`
	// TokenFile holds the bearer token that it shows to other services.
	TokenFile string `env:"TOKEN_FILE"`
	// TLSCertFile, TLSKeyFile and TLSCAFile switch mutual TLS on: its certificate, key, and the authority of its callers.
	TLSCertFile string `env:"TLS_CERT_FILE"`
	TLSKeyFile  string `env:"TLS_KEY_FILE"`
	TLSCAFile   string `env:"TLS_CA_FILE"`
	// Reflection switches gRPC reflection on.
	Reflection bool `env:"REFLECTION"`
	// CallRate is how many single calls a second a system may make of this replica; a person may make a tenth. 0 is no limit. Who has more to
	// register streams it.
	CallRate int `env:"CALL_RATE" envDefault:"200"`
	// DrainDelay is how long it serves on after it has said that it is not ready.
	DrainDelay time.Duration `env:"DRAIN_DELAY" envDefault:"0s"`
	// Auth says whose bearer tokens are taken.
	Auth auth.Config
}

// Load reads a service's configuration from environ ("NAME=value"). Its error lists every problem at once.
func Load[C any](service string, environ []string) (C, error) {
	var cfg C
	err := env.ParseWithOptions(&cfg, env.Options{Prefix: Prefix(service), Environment: env.ToMap(environ)})
	var all env.AggregateError
	if errors.As(err, &all) {
		lines := make([]string, len(all.Errors))
		for i, e := range all.Errors {
			lines[i] = e.Error()
		}
		return cfg, fmt.Errorf("configuration of %s:\n  %s", service, strings.Join(lines, "\n  "))
	}
	return cfg, err
}

// Prefix returns what stands before a service's variables: "INTAKE_".
func Prefix(service string) string { return strings.ToUpper(service) + "_" }

// Usage prints the variables of a service and their defaults.
func Usage[C any](w io.Writer, service string) error {
	var cfg C
	params, err := env.GetFieldParamsWithOptions(&cfg, env.Options{Prefix: Prefix(service)})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s serves Redress's %s over gRPC. It is told by its environment:\n\n", service, service)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range params {
		note := ""
		switch {
		case p.Required:
			note = "required"
		case p.DefaultValue != "":
			note = "default " + p.DefaultValue
		}
		fmt.Fprintf(tw, "  %s\t%s\n", p.Key, note)
	}
	return tw.Flush()
}

// database returns the Postgres address.
func (c Config) database(service string) (string, error) {
	if c.DatabaseURLFile == "" {
		if c.DatabaseURL == "" {
			return "", fmt.Errorf("no database: set %[1]sDATABASE_URL or %[1]sDATABASE_URL_FILE", Prefix(service))
		}
		return c.DatabaseURL, nil
	}
	data, err := os.ReadFile(c.DatabaseURLFile)
	if err != nil {
		return "", fmt.Errorf("%sDATABASE_URL_FILE: %w", Prefix(service), err)
	}
	return strings.TrimSpace(string(data)), nil
}

// tls returns the server's and the client's side of mutual TLS, or nil when it is off.
func (c Config) tls() (server, client *tls.Config, err error) {
	if c.TLSCertFile == "" {
		return nil, nil, nil
	}
	if _, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile); err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	pem, err := os.ReadFile(c.TLSCAFile)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate authority: %w", err)
	}
	authority := x509.NewCertPool()
	if !authority.AppendCertsFromPEM(pem) {
		return nil, nil, fmt.Errorf("certificate authority: %s holds no certificate", c.TLSCAFile)
	}
	// The pair is read at every handshake, so that a renewed certificate is taken up without a restart.
	pair := func() (*tls.Certificate, error) {
		cert, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile)
		return &cert, err
	}
	server = &tls.Config{MinVersion: tls.VersionTLS13, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: authority,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pair() }}
	client = &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authority,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair() }}
	return server, client, nil
}
