package demo

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/gateway"
	"redress.dev/pkg/progress"
	"redress.dev/services/followup"
	"redress.dev/services/intake"
	"redress.dev/services/routing"
	"redress.dev/services/slatimer"
	"redress.dev/services/standalone"
)

// demo is one run of it.
type demo struct {
	out           io.Writer
	cfg           Config
	file          File
	packs         []pack
	pack          pack // of the procedure that the file runs by
	script        script
	plans         map[string][]act // by Complaint ID
	windows       []window
	state         state
	world, timers *replayClock
	logs          *logs
	suite         *standalone.Suite
	callers       *callers
	problems      []string // found by the replay, for people
}

// newDemo prepares a run without starting anything: it fails where the file and the folder do not fit each other.
func newDemo(out io.Writer, cfg Config, file File, book playbook, packs []pack) (*demo, error) {
	d := &demo{out: out, cfg: cfg, file: file, packs: packs, plans: map[string][]act{}}
	for _, p := range packs {
		if p.procedure.GetCode() == book.Procedure {
			d.pack = p
		}
	}
	if d.pack.procedure == nil {
		return nil, fmt.Errorf("no procedure %s in %s: the complaints run by it, says %s", book.Procedure, cfg.Procedures, cfg.Replay)
	}
	if err := book.fits(d.pack.compiled); err != nil {
		return nil, fmt.Errorf("%s: %w", cfg.Replay, err)
	}
	zone, err := time.LoadLocation(d.pack.procedure.GetNumbering().GetZone())
	if err != nil {
		return nil, fmt.Errorf("zone of %s: %w", book.Procedure, err)
	}
	d.script = script{zone, book}
	for _, r := range file.Records {
		d.plans[r.ID] = d.script.acts(r)
	}
	d.windows = d.script.windows(file.Records, d.plans, cfg.WindowRecords)
	if end := d.windows[len(d.windows)-1].end; end.After(clock.System{}.Now()) {
		return nil, fmt.Errorf("%s: what follows from its latest complaints would reach to %s, which is in the future", file.Name, end.Format(time.DateOnly))
	}
	if d.state, err = openState(cfg.Data, file); err != nil {
		return nil, err
	}
	begin := d.script.at(file.Records[0], -1, 0, 0)
	if d.state.Reached.After(begin) {
		begin = d.state.Reached
	}
	d.world, d.timers = newReplayClock(begin), newReplayClock(begin)
	if !d.state.Complete.IsZero() {
		d.release()
	}
	d.logs, err = openLogs(filepath.Join(cfg.Data, "log"))
	return d, err
}

func (d *demo) release() {
	d.world.release()
	d.timers.release()
}

// replay replays what has not been replayed yet, and lets the clocks go.
func (d *demo) replay(ctx context.Context) error {
	if !d.state.Complete.IsZero() {
		fmt.Fprintf(d.out, "The %d complaints of %s were replayed on %s; nothing is imported twice.\n",
			len(d.file.Records), d.file.Name, d.state.Complete.Format(time.DateOnly))
		return nil
	}
	spool, err := gateway.OpenSpool(filepath.Join(d.cfg.Data, "spool"), gateway.SpoolConfig{})
	if err != nil {
		return err
	}
	defer spool.Close()
	r, err := d.newReplay(spool)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "Replaying %d complaints of %s, from %s on\n", len(d.file.Records), d.file.Name, d.world.Now().Format(time.DateOnly))
	begin, before := clock.System{}.Now(), d.state.Elapsed
	r.save = func(reached time.Time) error {
		d.state.Reached, d.state.Elapsed = reached, before+clock.System{}.Now().Sub(begin)
		return d.state.save(d.cfg.Data)
	}
	if err := r.run(ctx, d.state.Reached); err != nil {
		return err
	}
	d.problems = problems(ctx, r)
	d.state.Complete, d.state.Elapsed = clock.System{}.Now(), before+clock.System{}.Now().Sub(begin)
	d.release()
	return d.state.save(d.cfg.Data)
}

// newReplay introduces the gateway, the staff and whoever watches them.
func (d *demo) newReplay(spool *gateway.Spool) (*replay, error) {
	dial := d.callers.dial
	toIntake, err := dial(intake.Name, gatewayID, optionsv1.Role_ROLE_INTEGRATION)
	if err != nil {
		return nil, err
	}
	toRouting, err := dial(routing.Name, gatewayID, optionsv1.Role_ROLE_INTEGRATION)
	if err != nil {
		return nil, err
	}
	toFollowup, err := dial(followup.Name, gatewayID, optionsv1.Role_ROLE_INTEGRATION)
	if err != nil {
		return nil, err
	}
	toSlatimer, err := dial(slatimer.Name, gatewayID, optionsv1.Role_ROLE_INTEGRATION)
	if err != nil {
		return nil, err
	}
	watch, err := newWatch(d.callers)
	if err != nil {
		return nil, err
	}
	in := intakev1.NewIntakeServiceClient(toIntake)
	return &replay{
		file: d.file, script: d.script, plans: d.plans, windows: d.windows, world: d.world, timers: d.timers, watch: watch,
		intake: in, spool: spool,
		clocks: slatimerv1.NewSlatimerServiceClient(toSlatimer),
		staff: &staff{
			book: d.script.book, callers: d.callers, digest: d.file.Digest, posts: d.pack.posts, cases: newCases(d.script.book.Procedure, in, d.plans), intake: in,
			routing: routingv1.NewRoutingServiceClient(toRouting), visits: followupv1.NewFollowupServiceClient(toFollowup),
		},
		progress: progress.New(d.out, "replaying"), refused: map[string]string{},
	}, nil
}

// problems says what the replay met that should not be.
func problems(ctx context.Context, r *replay) []string {
	var all []string
	for _, why := range r.refused {
		all = append(all, fmt.Sprintf("intake refused %d records; one of them: %s", len(r.refused), why))
		break
	}
	count, first, err := r.watch.parked(ctx)
	if err != nil {
		all = append(all, err.Error())
	}
	if count > 0 {
		all = append(all, fmt.Sprintf("%d events are parked (redressctl events parked); the first: %s", count, first))
	}
	return all
}

// canceled tells whether a call ended because its caller gave up.
func canceled(err error) bool { return status.Code(err) == codes.Canceled }
