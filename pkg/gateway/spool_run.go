package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// Run sends what waits to intake, under this gateway's name, until ctx ends; then it returns nil, and what is unacknowledged stays.
// Intake may be away for as long as the disk holds. Run fails when intake does not let the gateway in, with ErrDiverged, with
// ErrDamaged, and with taken's error: nothing is lost by that, and it may be called again.
//
// taken is called with the result of each item, in order, before the item is dropped. Should the process die in between, the next
// one calls it for that item again, with the same result.
func (s *Spool) Run(ctx context.Context, intake intakev1.IntakeServiceClient, gateway string, taken func(*intakev1.IntakeResult) error) error {
	if !s.running.TryLock() {
		return errors.New("the spool runs already")
	}
	defer s.running.Unlock()
	s.taken = taken
	g := New(intake, gateway, s.Session())
	g.clock, g.notice, g.sent = s.cfg.Clock, s.note, s.sent.Store
	err := g.deliver(ctx, s, 0)
	if ctx.Err() != nil {
		s.note(errNotRun)
		return nil
	}
	s.note(err)
	return err
}

// Restart begins a new session, in which what waits is sent, numbered anew from 1. It is for a spool whose session intake holds no more, after
// intake was restored from an older copy (ErrDiverged), or does not give to this gateway any more (SESSION_NOT_YOURS). Never restart an older
// copy of a spool: intake has had what waits in that. An item that intake had and whose result was not taken yet is registered once more,
// unless it has a request id. It fails while the spool runs.
func (s *Spool) Restart() error {
	if !s.running.TryLock() {
		return errors.New("the spool runs: end that before it is restarted")
	}
	defer s.running.Unlock()
	name, acked, last := uuid.NewString(), s.settled(), int64(0)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		items, state := tx.Bucket(itemBucket), tx.Bucket(stateBucket)
		session := bytes.Clone(state.Get(sessionKey))
		for n := acked + 1; n <= int64(items.Sequence()); n++ {
			plain, err := s.box.open(session, n, bytes.Clone(items.Get(key(n))))
			if err != nil {
				return err
			}
			last = n - acked
			if err := errors.Join(items.Delete(key(n)), items.Put(key(last), s.box.seal([]byte(name), last, plain))); err != nil {
				return err
			}
		}
		return errors.Join(items.SetSequence(uint64(last)), state.Put(sessionKey, []byte(name)), state.Put(ackedKey, key(0)), state.Put(refusedKeys, key(0)))
	})
	if err != nil {
		return fmt.Errorf("restart the spool: %w", err)
	}
	s.sent.Store(0)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name, s.last, s.acked, s.refused, s.meter = name, last, 0, 0, meter{}
	close(s.settles)
	s.settles = make(chan struct{})
	return nil
}

func (s *Spool) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Drain returns when everything that was sent before has been acknowledged.
func (s *Spool) Drain(ctx context.Context) error {
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	for {
		s.mu.Lock()
		acked, settles := s.acked, s.settles
		s.mu.Unlock()
		if acked >= last {
			return nil
		}
		select {
		case <-settles:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Spool) settled() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acked
}

func (s *Spool) opened(acked int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case acked < s.acked:
		return fmt.Errorf("%w: intake acknowledged items up to %d and now knows of %d; it was restored from an older copy, and what was acknowledged "+
			"since is lost there. What waits here can be sent in a new session: Restart", ErrDiverged, s.acked, acked)
	case acked > s.last:
		return fmt.Errorf("%w: intake holds items up to %d and the spool ends at %d; its file is an older copy", ErrDiverged, acked, s.last)
	}
	return nil
}

func (s *Spool) from(ctx context.Context, first int64) ([]*intakev1.IntakeItem, error) {
	for {
		items, err := s.read(first)
		if len(items) > 0 || err != nil {
			return items, err
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *Spool) read(first int64) (items []*intakev1.IntakeItem, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c, session := tx.Bucket(itemBucket).Cursor(), tx.Bucket(stateBucket).Get(sessionKey)
		size := 0
		for k, v := c.Seek(key(first)); k != nil && len(items) < readItems && size < readBytes; k, v = c.Next() {
			plain, err := s.box.open(session, number(k), v)
			if err != nil {
				return err
			}
			item := &intakev1.IntakeItem{}
			if err := proto.Unmarshal(plain, item); err != nil {
				return fmt.Errorf("%w: item %d: %w", ErrDamaged, number(k), err)
			}
			item.Sequence = number(k)
			if want := first + int64(len(items)); item.GetSequence() != want {
				return fmt.Errorf("%w: item %d is missing", ErrDamaged, want)
			}
			items, size = append(items, item), size+len(v)
		}
		return nil
	})
	if len(items) > 0 {
		return items, nil // what is wrong is met again behind them
	}
	return nil, err
}

// settle hands results over and drops their items.
func (s *Spool) settle(results []*intakev1.IntakeResult) error {
	var failure error
	n, refused := 0, int64(0)
	for ; n < len(results); n++ {
		if failure = s.taken(results[n]); failure != nil {
			break
		}
		if results[n].GetError() != nil {
			refused++
		}
	}
	if n == 0 {
		return failure
	}
	last, size := results[n-1].GetSequence(), int64(0)
	err := s.db.Update(func(tx *bbolt.Tx) error {
		size = 0
		bucket, state := tx.Bucket(itemBucket), tx.Bucket(stateBucket)
		for _, r := range results[:n] {
			k := key(r.GetSequence())
			size += int64(len(bucket.Get(k)))
			if err := bucket.Delete(k); err != nil {
				return err
			}
		}
		return errors.Join(state.Put(ackedKey, key(last)), state.Put(refusedKeys, key(number(state.Get(refusedKeys))+refused)))
	})
	if err != nil {
		return errors.Join(failure, fmt.Errorf("drop acknowledged items: %w", err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acked, s.refused, s.bytes = last, s.refused+refused, s.bytes-size
	s.meter.note(s.cfg.Clock.Now(), last)
	close(s.settles)
	s.settles = make(chan struct{})
	return failure
}
