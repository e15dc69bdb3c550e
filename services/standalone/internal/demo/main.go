// Package demo is what `make run` does with a suite: it publishes the procedures, replays the complaints of a file through the
// public APIs, holds the outcome against the file itself, and stays up.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/caarlos0/env/v11"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/pgserver"
	"redress.dev/pkg/telemetry"
	"redress.dev/services/reporting"
	"redress.dev/services/slatimer"
	"redress.dev/services/standalone"
)

// developerTokenLife is how long the token that is written for redressctl is good for; every start writes a new one.
const developerTokenLife = 30 * 24 * time.Hour

// Config is what the environment may say.
type Config struct {
	// Data is the folder that keeps everything.
	Data string `env:"REDRESS_DATA" envDefault:".run/standalone"`
	// FirstPort is the loopback port of intake; the other services have the next four. 0 takes free ones.
	FirstPort int `env:"REDRESS_PORT" envDefault:"7101"`
	// File holds the complaints to replay, CSV, as it is or compressed with gzip.
	File string `env:"DEMO_FILE" envDefault:"deploy/demo/complaints.csv.gz"`
	// Replay says what the replay knows of the procedure that the complaints run by.
	Replay string `env:"DEMO_REPLAY" envDefault:"deploy/demo/replay.yaml"`
	// Procedures is the folder of the packs.
	Procedures string `env:"REDRESS_PROCEDURES" envDefault:"deploy/procedures"`
	// SyncAlways makes NATS write to the disk before it acknowledges.
	SyncAlways bool `env:"REDRESS_NATS_SYNC_ALWAYS"`
	// WindowRecords is how many complaints a step of the replay brings in at least, in whole months. More at once are handled at
	// less cost each; the outcome is the same.
	WindowRecords int `env:"DEMO_WINDOW" envDefault:"1000"`
	// Durable is false in tests: a commit then survives the process's crash, but not the machine's.
	Durable bool `env:"REDRESS_DURABLE" envDefault:"true"`
}

// gcPercent spares a small machine some of its time, for a hundred megabytes. GOGC wins.
const gcPercent = 200

// maxFirstPort leaves room for the other services' ports.
const maxFirstPort = 65535 - 4

// parseConfig reads the configuration from environ. Its errors name the variable.
func parseConfig(environ []string) (Config, error) {
	cfg, err := env.ParseAsWithOptions[Config](env.Options{Environment: env.ToMap(environ)})
	var wrong env.ParseError
	switch {
	case errors.As(err, &wrong):
		field, _ := reflect.TypeFor[Config]().FieldByName(wrong.Name)
		return cfg, fmt.Errorf("%s: %w", field.Tag.Get("env"), wrong.Err)
	case err != nil:
		return cfg, err
	case cfg.FirstPort < 0 || cfg.FirstPort > maxFirstPort:
		return cfg, fmt.Errorf("REDRESS_PORT=%d: 1 to %d, or 0 for free ports", cfg.FirstPort, maxFirstPort)
	case cfg.WindowRecords < 1:
		return cfg, fmt.Errorf("DEMO_WINDOW=%d: at least 1 complaint", cfg.WindowRecords)
	}
	return cfg, nil
}

// Main runs the demo until SIGINT or SIGTERM and returns the process's exit code. A second signal ends it at once.
func Main(out io.Writer, environ []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if env.ToMap(environ)["GOGC"] == "" {
		debug.SetGCPercent(gcPercent)
	}
	cfg, err := parseConfig(environ)
	if err != nil {
		fmt.Fprintf(out, "make run: %v\n", err)
		return 2
	}
	switch err := run(ctx, out, cfg, environ); {
	case err == nil:
		return 0
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || canceled(err)):
		fmt.Fprintln(out, "Stopped before the replay was complete; make run goes on where it stopped.")
		return 0
	default:
		fmt.Fprintf(out, "make run: %v\n%s", err, remedy(err, cfg))
		return 1
	}
}

// remedy says what to do about the errors that a newcomer may meet.
func remedy(err error, cfg Config) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, standalone.ErrFolderInUse):
		return "Stop that one first (Ctrl-C in its terminal), or run beside it: REDRESS_DATA=.run/other REDRESS_PORT=7201 make run\n"
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("Stop what listens there, or take other ports: REDRESS_PORT=%d make run\n", cfg.FirstPort+100)
	case errors.Is(err, pgserver.ErrNoBinaries):
		return "make pg finds the binaries of a Postgres server, or fetches them.\n"
	case errors.As(err, &path) && strings.HasPrefix(path.Path, cfg.Data):
		return "Make the folder writable, or name another: REDRESS_DATA=/tmp/redress make run\n"
	}
	return ""
}

// run starts the suite, replays unless that was done before, prints what came of it, and stays up until ctx ends.
func run(ctx context.Context, out io.Writer, cfg Config, environ []string) (err error) {
	file, err := ReadFile(cfg.File)
	if err != nil {
		return err
	}
	book, err := readPlaybook(cfg.Replay)
	if err != nil {
		return err
	}
	packs, err := readPacks(cfg.Procedures)
	if err != nil {
		return err
	}
	d, err := newDemo(out, cfg, file, book, packs)
	if err != nil {
		return err
	}
	flush, err := telemetry.Setup(ctx, "standalone")
	if err != nil {
		return err
	}
	defer func() { _ = flush(context.WithoutCancel(ctx)) }()
	if err := d.start(ctx, environ); err != nil {
		return err
	}
	defer func() {
		fmt.Fprintln(out, "Stopping: services, NATS, Postgres …")
		err = errors.Join(err, d.stop())
	}()
	if err := d.replay(ctx); err != nil {
		return err
	}
	if _, err := d.report(ctx); err != nil {
		return err
	}
	if err := d.welcome(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-d.suite.Done():
		return errors.New("a service has failed") // stop says which, and why
	}
}

// start starts the suite, under the replay's clocks unless the replay is complete.
func (d *demo) start(ctx context.Context, environ []string) error {
	fmt.Fprintf(d.out, "Starting Redress in %s …\n", d.cfg.Data)
	var err error
	d.suite, err = standalone.Start(ctx, standalone.Options{
		Dir: d.cfg.Data, Clock: d.world, Clocks: map[string]clock.Clock{slatimer.Name: d.timers},
		Durable: d.cfg.Durable, SyncAlways: d.cfg.SyncAlways, FirstPort: d.cfg.FirstPort, Environ: environ, Log: d.logs.logger,
	})
	if err != nil {
		return errors.Join(err, d.logs.close())
	}
	d.callers = newCallers(d.suite)
	token, err := d.suite.Token("developer", developerTokenLife, everyRole()...)
	if err == nil {
		err = standalone.WriteToken(d.tokenFile(), token)
	}
	if err == nil {
		// Two people activate an edition: a developer alone at a machine has the token of the second too.
		token, err = d.suite.Token("approver", developerTokenLife, optionsv1.Role_ROLE_SUPERVISOR)
	}
	if err == nil {
		err = standalone.WriteToken(d.tokenFile()+"-approver", token)
	}
	if err == nil {
		err = publish(ctx, d.callers, d.packs, d.world.Now())
	}
	if err != nil {
		return errors.Join(err, d.stop())
	}
	return nil
}

func (d *demo) tokenFile() string { return filepath.Join(d.cfg.Data, "token") }

// everyRole is what a developer may be, all but another service.
func everyRole() []optionsv1.Role {
	var roles []optionsv1.Role
	for r := optionsv1.Role_ROLE_AGENT; r < optionsv1.Role_ROLE_SERVICE; r++ {
		roles = append(roles, r)
	}
	return roles
}

func (d *demo) stop() error {
	d.callers.close()
	return errors.Join(d.suite.Stop(), d.logs.close())
}

// report prints the outcome and returns whether it equals the reference.
func (d *demo) report(ctx context.Context) (equal bool, err error) {
	conn, err := d.callers.dial(reporting.Name, gatewayID, optionsv1.Role_ROLE_INTEGRATION)
	if err != nil {
		return false, err
	}
	f, err := askReporting(ctx, reportingv1.NewReportingServiceClient(conn), d.file, d.script)
	if err != nil {
		return false, err
	}
	ref := Reference(d.file.Records)
	printGroups(d.out, f.groups, ref)
	printTotals(d.out, f, len(d.file.Records), d.state.Elapsed)
	for _, why := range d.problems {
		fmt.Fprintln(d.out, why)
	}
	text, equal := verdict(f.groups, ref)
	fmt.Fprintln(d.out, text)
	return equal, nil
}
