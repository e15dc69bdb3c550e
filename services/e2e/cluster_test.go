package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake"
	"redress.dev/services/standalone"
)

// cluster is the five services as processes of their own, several replicas of each behind one address.
type cluster struct {
	admin  *pgxpool.Pool
	dsn    *url.URL
	dir    string // keys and tokens
	issuer *auth.Issuer
	nats   *eventstest.Server
	front  map[string]*balancer
	procs  map[string][]*process
}

// binary builds the program of a service, once for all tests of this process, and returns its file.
func binary(service string) (string, error) {
	build, _ := builds.LoadOrStore(service, sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "redress-e2e-")
		if err != nil {
			return "", err
		}
		cmd := exec.Command("go", "build", "-o", dir, "redress.dev/services/"+service+"/cmd/"+service)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", service, err, out)
		}
		return filepath.Join(dir, service), nil
	}))
	return build.(func() (string, error))()
}

// builds holds what builds a service, by service.
var builds sync.Map

// newCluster prepares everything that the services stand on, and starts none.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{dir: t.TempDir(), nats: eventstest.NATS(t), front: map[string]*balancer{}, procs: map[string][]*process{}}
	c.provision(t)
	var err error
	if c.issuer, err = auth.OpenIssuer(c.dir); err != nil {
		t.Fatal(err)
	}
	if err := intake.CreateVaultKeys(filepath.Join(c.dir, "vault.json")); err != nil {
		t.Fatal(err)
	}
	for service := range files {
		c.front[service] = newBalancer(t)
	}
	return c
}

// start starts one replica of a service; it may not serve yet.
func (c *cluster) start(t *testing.T, service string) *process {
	t.Helper()
	program, err := binary(service)
	if err != nil {
		t.Fatal(err)
	}
	return startProcess(t, program, c.environ(t, service))
}

// startCluster starts replicas of each service and returns when all serve.
func startCluster(t *testing.T, replicas int) *cluster {
	t.Helper()
	c := newCluster(t)
	for service := range files {
		for range replicas {
			c.procs[service] = append(c.procs[service], c.start(t, service))
		}
	}
	for service, procs := range c.procs {
		for _, p := range procs {
			c.front[service].add(p.ready(t))
		}
	}
	return c
}

// provision makes the roles and schemas as an operator does, with the script of deploy.
func (c *cluster) provision(t *testing.T) {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("..", "..", "deploy", "postgres", "roles.sql"))
	if err != nil {
		t.Fatal(err)
	}
	dsn := pgtest.NewDSN(t)
	if c.dsn, err = url.Parse(dsn); err != nil {
		t.Fatal(err)
	}
	if c.admin, err = pgxpool.New(t.Context(), dsn); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.admin.Close)
	if _, err := c.admin.Exec(t.Context(), string(script)); err != nil {
		t.Fatalf("roles.sql: %v", err)
	}
}

// database is the address of the database for a service's role.
func (c *cluster) database(service string) string {
	u := *c.dsn
	q := u.Query()
	if q.Has("user") {
		q.Set("user", service)
		u.RawQuery = q.Encode()
	} else {
		u.User = url.User(service)
	}
	return u.String()
}

// environ is the environment of one service's process.
func (c *cluster) environ(t *testing.T, service string) []string {
	t.Helper()
	tokenFile := filepath.Join(c.dir, service+".token")
	if err := os.WriteFile(tokenFile, []byte(c.token(t, service, optionsv1.Role_ROLE_SERVICE)), 0o600); err != nil {
		t.Fatal(err)
	}
	var peers []string
	for _, name := range slices.Sorted(maps.Keys(c.front)) {
		peers = append(peers, name+"="+c.front[name].address())
	}
	prefix := strings.ToUpper(service) + "_"
	own := c.issuer.Config(c.dir)
	return append(os.Environ(),
		prefix+"DATABASE_URL="+c.database(service), prefix+"NATS_URL="+c.nats.URL(), prefix+"PEERS="+strings.Join(peers, ","),
		prefix+"TOKEN_FILE="+tokenFile, prefix+"OIDC_ISSUER="+own.Issuer, prefix+"OIDC_KEY_FILE="+own.KeyFile,
		"INTAKE_VAULT_KEY_FILE="+filepath.Join(c.dir, "vault.json"),
	)
}

func (c *cluster) token(t *testing.T, subject string, roles ...optionsv1.Role) string {
	t.Helper()
	token, err := c.issuer.Token(auth.Principal{Tenant: "default", Subject: subject, Roles: roles}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// client connects to a service, whichever replica, with a token of the roles.
func (c *cluster) client(t *testing.T, service string, roles ...optionsv1.Role) *grpc.ClientConn {
	t.Helper()
	return c.clientOf(t, service, "e2e", roles...)
}

func (c *cluster) clientOf(t *testing.T, service, subject string, roles ...optionsv1.Role) *grpc.ClientConn {
	t.Helper()
	conn, err := rpc.Dial(c.front[service].address(), auth.Token{Value: c.token(t, subject, roles...)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// unsettled tells what the services have still to do.
func (c *cluster) unsettled(ctx context.Context) (string, error) {
	return standalone.Unsettled(ctx, c.admin, time.Now())
}

// killFirst kills the first replica of every service.
func (c *cluster) killFirst(t *testing.T) {
	t.Helper()
	for service, procs := range c.procs {
		if err := procs[0].cmd.Process.Kill(); err != nil {
			t.Fatalf("kill %s: %v", service, err)
		}
		c.front[service].remove(procs[0].addr)
	}
}

// process is one replica.
type process struct {
	cmd    *exec.Cmd
	addr   string
	served chan string // the address, once it serves; closed when it ends
	log    *strings.Builder
	mu     sync.Mutex
}

func startProcess(t *testing.T, program string, environ []string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(program), served: make(chan string, 1), log: &strings.Builder{}}
	p.cmd.Env = environ
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go p.read(stderr)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if t.Failed() {
			p.mu.Lock()
			defer p.mu.Unlock()
			t.Logf("%s:\n%s", filepath.Base(program), tail(p.log.String(), 4000))
		}
	})
	return p
}

// read keeps the log and looks for the line that names the address.
func (p *process) read(stderr io.Reader) {
	defer close(p.served)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving" {
			p.served <- line.Address
		}
		p.mu.Lock()
		p.log.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
	}
}

// ready waits until the replica serves.
func (p *process) ready(t *testing.T) string {
	t.Helper()
	addr, ok := <-p.served
	if !ok {
		t.Fatalf("%s ended before it served", p.cmd.Path)
	}
	p.addr = addr
	return addr
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// eventually waits until try succeeds, at most a minute.
func eventually(t *testing.T, what string, try func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try(ctx)
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: %v", what, err)
		}
	}
}
