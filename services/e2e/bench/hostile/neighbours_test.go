package hostile

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
)

// neighbours are a desk system, which registers one complaint after the other, and a gateway, which streams, each at its own pace.
type neighbours struct {
	pace time.Duration // between two complaints; 0 begins the next when the last is done

	// lags are how long each complaint took: from when it was due, so that waiting for the last one counts.
	desk, gateway []time.Duration
}

// work registers count complaints each way. It fails when one of them fails.
func (n *neighbours) work(ctx context.Context, t *target, count int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	desk := t.gateway("desk-good")
	gateway := t.gateway("gateway-good")
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		n.desk, err = n.each(ctx, count, func(int) error {
			_, err := register(ctx, desk, draft())
			return err
		})
		return err
	})
	g.Go(func() error {
		s, _, err := open(ctx, gateway, uuid.NewString())
		if err != nil {
			return err
		}
		n.gateway, err = n.each(ctx, count, func(i int) error {
			if err := s.Send(item(int64(i+1), draft())); err != nil {
				return err
			}
			resp, err := s.Recv()
			if r := resp.GetAck().GetResults(); err == nil && (len(r) != 1 || r[0].GetNumber() == "") {
				err = fmt.Errorf("item %d is answered with %v", i+1, resp)
			}
			return err
		})
		if err != nil {
			return err
		}
		return s.CloseSend()
	})
	return g.Wait()
}

func (n *neighbours) each(ctx context.Context, count int, do func(i int) error) ([]time.Duration, error) {
	var lags []time.Duration
	start := time.Now()
	for i := range count {
		due := time.Now()
		if n.pace > 0 {
			due = start.Add(time.Duration(i) * n.pace)
			select {
			case <-time.After(time.Until(due)):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if err := do(i); err != nil {
			return nil, err
		}
		lags = append(lags, time.Since(due))
	}
	return lags, nil
}
