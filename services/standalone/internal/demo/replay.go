package demo

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/gateway"
	"redress.dev/pkg/progress"
)

// replay brings the records in and lets the staff act on them, window by window, under two clocks: the world's, which is at the
// window's end while its complaints come in, and the timers', which follows once everything that was done in time is known. A
// limit that runs out in between is therefore breached only where it really was.
type replay struct {
	file          File
	script        script
	plans         map[string][]act
	windows       []window
	world, timers *replayClock
	intake        intakev1.IntakeServiceClient
	spool         *gateway.Spool
	staff         *staff
	watch         *watch
	clocks        slatimerv1.SlatimerServiceClient
	progress      *progress.Bar
	// save notes how far the replay has come.
	save func(reached time.Time) error
	// month is the one that is being brought in.
	month string
	// refused are the records that intake did not take, and why.
	refused map[string]string
}

// sendRecords is how many records are spooled at a time.
const sendRecords = 256

// run replays what lies after reached, and returns when every service has applied everything.
func (r *replay) run(ctx context.Context, reached time.Time) error {
	total := int64(0)
	for _, w := range r.windows {
		total += int64(w.last - w.first + w.acts)
	}
	r.progress.Start(total)
	defer r.progress.Stop()
	both, ctx := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(ctx)
	defer stop()
	both.Go(func() error { return r.spool.Run(running, r.intake, gatewayID, r.taken) })
	both.Go(func() error {
		defer stop()
		return r.all(ctx, reached)
	})
	return both.Wait()
}

func (r *replay) all(ctx context.Context, reached time.Time) error {
	for _, w := range r.windows {
		month := w.end.AddDate(0, 0, -1).Format("2006-01")
		if !w.end.After(reached) {
			r.progress.Add(month, int64(w.last-w.first+w.acts))
			continue
		}
		if err := r.window(ctx, w, month); err != nil {
			return fmt.Errorf("replay of %s: %w", month, err)
		}
		if err := r.save(w.end); err != nil {
			return err
		}
	}
	return r.awaitTimers(ctx)
}

// taken notes what intake made of a record.
func (r *replay) taken(res *intakev1.IntakeResult) error {
	rec := r.file.Records[res.GetSequence()-1]
	r.progress.Add(r.month, 1)
	if res.GetError() != nil {
		r.refused[rec.ID] = fmt.Sprintf("line %d: %s", rec.Line, res.GetError().GetMessage())
		return nil
	}
	r.staff.cases.learn(res.GetComplaintId(), rec.ID)
	return nil
}

// stream brings a window's records in: those that the spool does not have from an earlier process.
func (r *replay) stream(ctx context.Context, w window, month string) error {
	r.month = month
	before := r.spool.Progress()
	if before.Spooled < int64(w.first) {
		return fmt.Errorf("the gateway's spool ends at record %d, and record %d is next: remove the folder to start afresh", before.Spooled, w.first+1)
	}
	r.progress.Add(month, max(0, before.Acknowledged-int64(w.first)))
	for i := int(before.Spooled); i < w.last; i += sendRecords {
		if _, err := r.spool.Send(r.items(i, min(i+sendRecords, w.last))...); err != nil {
			return err
		}
	}
	return r.spool.Drain(ctx)
}

// window replays one window.
func (r *replay) window(ctx context.Context, w window, month string) error {
	r.world.Set(w.end)
	if err := r.stream(ctx, w, month); err != nil {
		return fmt.Errorf("stream complaints in: %w", err)
	}
	if err := r.withdrawals(ctx, w); err != nil {
		return err
	}
	r.progress.Add(month, int64(len(w.withdrawn)))
	// The staff's acts make new work, by events: only when everything has been applied and nothing is ready is the window done.
	for quiet := false; !quiet; {
		n, err := r.staff.round(ctx, w.end)
		if err != nil {
			return err
		}
		r.progress.Add(month, int64(n))
		if n > 0 {
			continue
		}
		if err := r.watch.awaitQuiet(ctx); err != nil {
			return err
		}
		if n, err = r.staff.round(ctx, w.end); err != nil {
			return err
		}
		r.progress.Add(month, int64(n))
		quiet = n == 0
	}
	r.timers.Set(w.end)
	return nil
}

// items are records as the gateway sends them; the first record is item 1.
func (r *replay) items(first, last int) []*intakev1.IntakeItem {
	var items []*intakev1.IntakeItem
	for _, rec := range r.file.Records[first:last] {
		items = append(items, &intakev1.IntakeItem{Draft: draft(rec, r.script.receive(rec), r.script.book)})
	}
	return items
}

func (r *replay) withdrawals(ctx context.Context, w window) error {
	var calls []func(context.Context) error
	for _, rec := range w.withdrawn {
		if a, ok := find(r.plans[rec.ID], withdrawal, 0); ok && r.refused[rec.ID] == "" {
			calls = append(calls, func(ctx context.Context) error { return r.staff.withdraw(ctx, rec, a) })
		}
	}
	return r.staff.do(ctx, calls)
}

// awaitTimers returns when no clock is overdue at the timers' present, and every service knows of it.
func (r *replay) awaitTimers(ctx context.Context) error {
	system := clock.System{}
	for {
		resp, err := r.clocks.ListClocks(ctx, &slatimerv1.ListClocksRequest{
			State: slatimerv1.ClockState_CLOCK_STATE_RUNNING, DueTimeTo: timestamppb.New(r.timers.Now()), PageSize: 1,
		})
		if err != nil {
			return fmt.Errorf("list clocks: %w", err)
		}
		if len(resp.GetClocks()) == 0 {
			return r.watch.awaitQuiet(ctx)
		}
		if err := system.WaitUntil(ctx, system.Now().Add(watchInterval)); err != nil {
			return err
		}
	}
}
