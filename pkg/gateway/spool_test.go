package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/gateway"
)

func open(t testing.TB, file string, cfg gateway.SpoolConfig) *gateway.Spool {
	t.Helper()
	s, err := gateway.OpenSpool(file, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func send(t testing.TB, s *gateway.Spool, references ...string) {
	t.Helper()
	for _, r := range references {
		if _, err := s.Send(item(r)); err != nil {
			t.Fatal(err)
		}
	}
}

// run runs s until the returned function is called.
func run(t testing.TB, s *gateway.Spool, client intakev1.IntakeServiceClient, taken func(*intakev1.IntakeResult) error) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, client, "g", taken) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run ended with %v", err)
		}
	}
}

// A gateway's process comes and goes while intake breaks streams off: what Send took is registered once, in order.
func TestASpoolLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 2))
			intake := &simulated{rand: rand.New(rand.NewPCG(seed, 1)), faults: 0.02}
			client := intake.serve(t)
			file := filepath.Join(t.TempDir(), "spool")
			var mu sync.Mutex
			told := map[int64]string{}
			next := int64(1)
			for range 6 {
				s := open(t, file, gateway.SpoolConfig{})
				if got := s.Progress().Spooled; got != next-1 {
					t.Fatalf("opened again, the spool ends at %d, want %d", got, next-1)
				}
				stop := run(t, s, client, func(r *intakev1.IntakeResult) error {
					mu.Lock()
					defer mu.Unlock()
					if before, ok := told[r.GetSequence()]; ok && before != r.GetNumber() {
						t.Errorf("item %d became %q and %q", r.GetSequence(), before, r.GetNumber())
					}
					told[r.GetSequence()] = r.GetNumber()
					return nil
				})
				for n := next + random.Int64N(40); next <= n; next++ {
					send(t, s, strconv.FormatInt(next, 10))
				}
				if random.IntN(2) == 0 {
					if err := s.Drain(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				stop()
				s.Close()
			}
			s := open(t, file, gateway.SpoolConfig{})
			defer run(t, s, client, func(r *intakev1.IntakeResult) error { told[r.GetSequence()] = r.GetNumber(); return nil })()
			if err := s.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			intake.wantRegistered(t, references(1, next-1))
			if p := s.Progress(); p.Acknowledged != next-1 || p.WaitingBytes != 0 || int64(len(told)) != next-1 {
				t.Errorf("progress %+v, %d results; want %d", p, len(told), next-1)
			}
		})
	}
}

func TestASpoolIsOfOneProcess(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "spool")
	open(t, file, gateway.SpoolConfig{})
	if _, err := gateway.OpenSpool(file, gateway.SpoolConfig{}); !errors.Is(err, gateway.ErrSpoolInUse) {
		t.Errorf("got %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v), want 0600: it holds personal data", info.Mode(), err)
	}
}

func TestASpoolHoldsAsMuchAsItMay(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "spool"), gateway.SpoolConfig{MaxBytes: 2000})
	stop := run(t, s, closed{err: status.Error(codes.Unavailable, "no route")}, collect(new([]string)))
	count := 0
	var err error
	for err == nil {
		if _, err = s.Send(item(strings.Repeat("x", 100))); err == nil {
			count++
		}
	}
	if !errors.Is(err, gateway.ErrSpoolFull) || count < 15 || count > 19 {
		t.Errorf("after %d items of about 110 bytes: %v", count, err)
	}
	stop()
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	defer run(t, s, intake.serve(t), collect(new([]string)))()
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	send(t, s, "room again")
	if _, err := s.Send(item("a"), item(strings.Repeat("x", gateway.MaxItemBytes))); !errors.Is(err, gateway.ErrItemTooLarge) {
		t.Errorf("an item of 64 KiB: %v", err)
	}
	if p := s.Progress(); p.Spooled != int64(count)+1 {
		t.Errorf("what was refused changed something: %+v", p)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	now := clock.NewManual(time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC))
	s := open(t, filepath.Join(t.TempDir(), "spool"), gateway.SpoolConfig{Clock: now})
	send(t, s, "a", "bad", "c", "d")
	if p := s.Progress(); p.Spooled != 4 || p.Sent != 0 || p.Acknowledged != 0 || p.Err == nil {
		t.Errorf("before: %+v", p)
	}
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	stop := run(t, s, intake.serve(t), func(*intakev1.IntakeResult) error { now.Advance(time.Second); return nil })
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	p := s.Progress()
	if p.Rate < 0 || p.Rate > 1 {
		t.Errorf("%v are acknowledged a second; the clock moved a second for each", p.Rate)
	}
	p.Rate = 0
	if diff := cmp.Diff(gateway.Progress{Spooled: 4, Sent: 4, Acknowledged: 4, Refused: 1}, p); diff != "" {
		t.Errorf("after (-want +got):\n%s", diff)
	}
	stop()
}

// Two spools, or a spool and a session, that do not belong together must not be mistaken for each other.
func TestASpoolRestoredFromACopyIsNotSent(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "spool")
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	client := intake.serve(t)
	s := open(t, file, gateway.SpoolConfig{})
	send(t, s, "1")
	s.Close()
	copied, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s = open(t, file, gateway.SpoolConfig{})
	send(t, s, "2", "3")
	stop := run(t, s, client, collect(new([]string)))
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	s.Close()

	if err := os.WriteFile(file+"-old", copied, 0o600); err != nil {
		t.Fatal(err)
	}
	old := open(t, file+"-old", gateway.SpoolConfig{})
	if err := old.Run(t.Context(), client, "g", collect(new([]string))); !errors.Is(err, gateway.ErrDiverged) || !strings.Contains(err.Error(), "older copy") {
		t.Errorf("an older spool: %v", err)
	}
	forgetful := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	s = open(t, file, gateway.SpoolConfig{})
	send(t, s, "4")
	if err := s.Run(t.Context(), forgetful.serve(t), "g", collect(new([]string))); !errors.Is(err, gateway.ErrDiverged) {
		t.Errorf("an older intake: %v", err)
	}
	intake.wantRegistered(t, references(1, 3))
	forgetful.wantRegistered(t, nil)
}

// What waits for an intake that was restored from an older copy is sent to it in a new session, with what comes meanwhile.
func TestARestartedSpoolSendsWhatWaits(t *testing.T) {
	t.Parallel()
	for name, secret := range map[string][]byte{"open": nil, "sealed": bytes.Repeat([]byte{7}, 32)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, cfg := filepath.Join(t.TempDir(), "spool"), gateway.SpoolConfig{Key: secret}
			intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
			s := open(t, file, cfg)
			send(t, s, "1", "2", "3")
			stop := run(t, s, intake.serve(t), collect(new([]string)))
			if err := s.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Restart(); err == nil {
				t.Error("it restarts while it runs")
			}
			stop()
			send(t, s, references(4, 200)...)
			old := s.Session()
			var senders sync.WaitGroup
			senders.Go(func() {
				for _, r := range references(201, 300) {
					if _, err := s.Send(item(r)); err != nil {
						t.Error(err)
					}
				}
			})
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
			senders.Wait()
			if p := s.Progress(); s.Session() == old || p.Spooled != 297 || p.Acknowledged != 0 {
				t.Errorf("session %s, progress %+v", s.Session(), p)
			}
			s.Close()

			restored := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
			s = open(t, file, cfg)
			defer run(t, s, restored.serve(t), collect(new([]string)))()
			if err := s.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			restored.wantRegistered(t, references(4, 300))
			if p := s.Progress(); p.WaitingBytes != 0 {
				t.Errorf("%d bytes wait", p.WaitingBytes)
			}
		})
	}
}

func TestAResultThatNobodyTookIsToldAgain(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "spool"), gateway.SpoolConfig{})
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	client := intake.serve(t)
	send(t, s, "1", "2", "3")
	busy := errors.New("the call centre's database is busy")
	err := s.Run(t.Context(), client, "g", func(r *intakev1.IntakeResult) error {
		if r.GetSequence() == 2 {
			return busy
		}
		return nil
	})
	if !errors.Is(err, busy) || !errors.Is(s.Progress().Err, busy) {
		t.Fatalf("got %v, progress %+v", err, s.Progress())
	}
	var told []string
	stop := run(t, s, client, collect(&told))
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if diff := cmp.Diff(references(2, 3), told); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	intake.wantRegistered(t, references(1, 3))
}

func TestASealedSpoolIsReadByItsKeyAlone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "spool")
	secret := bytes.Repeat([]byte{7}, 32)
	s := open(t, file, gateway.SpoolConfig{Key: secret})
	send(t, s, "wang-xiaoming-13800001234")
	s.Close()
	if data, err := os.ReadFile(file); err != nil || bytes.Contains(data, []byte("xiaoming")) {
		t.Errorf("the name can be read in the file (%v)", err)
	}
	for _, wrong := range [][]byte{nil, bytes.Repeat([]byte{8}, 32)} {
		if _, err := gateway.OpenSpool(file, gateway.SpoolConfig{Key: wrong}); !errors.Is(err, gateway.ErrDamaged) {
			t.Errorf("with another key: %v", err)
		}
	}
	if _, err := gateway.OpenSpool(file, gateway.SpoolConfig{Key: secret[:5]}); err == nil || !strings.Contains(err.Error(), "32") {
		t.Errorf("with a short key: %v", err)
	}
	s = open(t, file, gateway.SpoolConfig{Key: secret})
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	defer run(t, s, intake.serve(t), collect(new([]string)))()
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	intake.wantRegistered(t, []string{"wang-xiaoming-13800001234"})
}

// A bit that fell over on the disk is found before anything wrong is registered.
func TestADamagedItemIsFound(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "spool")
	s := open(t, file, gateway.SpoolConfig{})
	send(t, s, "first", "the-second-reference")
	s.Close()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; ; at++ { // in every page that holds it
		found := bytes.Index(data[at:], []byte("the-second"))
		if found < 0 {
			break
		}
		at += found
		data[at] ^= 1
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, file, gateway.SpoolConfig{})
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	if err := s.Run(t.Context(), intake.serve(t), "g", collect(new([]string))); !errors.Is(err, gateway.ErrDamaged) || !strings.Contains(err.Error(), "item 2") {
		t.Errorf("got %v", err)
	}
	intake.wantRegistered(t, []string{"first"})
	if _, err := gateway.OpenSpool(filepath.Join(t.TempDir(), "no", "such", "folder"), gateway.SpoolConfig{}); err == nil {
		t.Error("a folder that is not there")
	}
}

func TestManySendAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "spool"), gateway.SpoolConfig{})
	intake := &simulated{rand: rand.New(rand.NewPCG(1, 1))}
	stop := run(t, s, intake.serve(t), collect(new([]string)))
	var all sync.WaitGroup
	for w := range 16 {
		all.Go(func() {
			for i := range 20 {
				if _, err := s.Send(item(fmt.Sprint(w, "-", i, "a")), item(fmt.Sprint(w, "-", i, "b"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	intake.mu.Lock()
	defer intake.mu.Unlock()
	seen := map[string]bool{}
	for i, r := range intake.registered {
		if seen[r] = true; strings.HasSuffix(r, "b") && intake.registered[i-1] != strings.TrimSuffix(r, "b")+"a" {
			t.Errorf("%s stands behind %s: what is sent together stays together", r, intake.registered[i-1])
		}
	}
	if len(seen) != 640 || len(intake.registered) != 640 {
		t.Errorf("%d of %d differ, want 640", len(seen), len(intake.registered))
	}
}
