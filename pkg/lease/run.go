package lease

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Run takes this process's share of the shards, keeps it, and gives it back when ctx ends; it returns nil then.
//
// The share is an equal part of the shards among the processes that run for the same kind. One that holds more gives up the
// rest as soon as another appears.
func (k *Keeper) Run(ctx context.Context) error {
	tick := time.NewTicker(renewEvery)
	defer tick.Stop()
	for {
		if err := k.round(ctx); err != nil && ctx.Err() == nil {
			k.cfg.Log.Warn("lease not renewed", slog.String("kind", k.cfg.Kind), slog.Any("error", err))
			k.lapse()
		}
		select {
		case <-ctx.Done():
			return k.leave(context.WithoutCancel(ctx))
		case <-tick.C:
		}
	}
}

// round renews what is held, then gives up or takes what fairness asks.
func (k *Keeper) round(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	sent := realTime.Now()
	held, members, err := renew(ctx, k.cfg)
	if err != nil {
		return err
	}
	share := (k.cfg.Shards + members - 1) / members
	if extra := len(held) - share; extra > 0 {
		given := slices.Sorted(maps.Keys(held))[share:]
		for _, shard := range given {
			delete(held, shard)
		}
		k.set(held, sent.Add(trust)) // before the database knows: nobody works on a shard that another may have
		return release(ctx, k.cfg, given)
	}
	k.set(held, sent.Add(trust))
	if missing := share - len(held); missing > 0 {
		taken, err := acquire(ctx, k.cfg, missing)
		if err != nil {
			return err
		}
		held = maps.Clone(held)
		maps.Copy(held, taken)
		k.set(held, sent.Add(trust))
	}
	return nil
}

// lapse forgets what is no longer trusted, so that receivers of Changed learn of it.
func (k *Keeper) lapse() {
	k.mu.Lock()
	over := !realTime.Now().Before(k.until)
	k.mu.Unlock()
	if over {
		k.set(map[int]int64{}, time.Time{})
	}
}

// leave gives back everything, so that others need not wait for the end of the leases. A failure costs them that wait.
func (k *Keeper) leave(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	k.set(map[int]int64{}, time.Time{})
	if err := resign(ctx, k.cfg); err != nil {
		k.cfg.Log.Warn("leases not given back", slog.String("kind", k.cfg.Kind), slog.Any("error", fmt.Errorf("resign: %w", err)))
	}
	return nil
}
