package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	grpccodes "google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

const (
	// killings is how often a process is killed in the run.
	killings = 100
	// roundItems is how many items a round adds.
	roundItems = 24
	// patience ends a wait that would hang.
	patience = 30 * time.Second
)

// TestAHundredKillsLoseAndRepeatNothing kills the gateway's process and intake's, at moments that a seed chooses, until a hundred are
// dead; some are stopped instead, replaced, and woken up as zombies; and some streams are taken away by another opening of the
// session. In the end every item that was spooled is registered once or refused, and the gateway was told so, the same every time.
func TestAHundredKillsLoseAndRepeatNothing(t *testing.T) {
	seed := uint64(1)
	if s := os.Getenv("E2E_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("E2E_SEED=%d", seed)
	h := newHavoc(t, rand.New(rand.NewPCG(seed, 0)))
	begin := time.Now()
	for h.kills < killings {
		h.round()
	}
	t.Logf("%d kills, %d zombies, %d streams taken away in %v", h.kills, h.zombies, h.taken, time.Since(begin))
	h.ledger.until(t, "every item has its result", func() bool { return len(h.ledger.results) == h.allowed })
	h.wantEachOnce()
}

// havoc is a run.
type havoc struct {
	t       *testing.T
	c       *cluster
	random  *rand.Rand
	ledger  *ledger
	token   string
	gateway *gatewayProcess
	opens   int // lines of open when gateway has its spool
	intake  *replica
	allowed int
	kills   int
	zombies int
	taken   int
}

// replica is an intake that the balancer knows as soon as it serves.
type replica struct {
	*process
	added chan struct{} // closed when it is known, or dead
}

func newHavoc(t *testing.T, random *rand.Rand) *havoc {
	t.Helper()
	c := newCluster(t)
	h := &havoc{t: t, c: c, random: random, ledger: newLedger(), token: c.token(t, "gateway-1", optionsv1.Role_ROLE_INTEGRATION)}
	h.intake = h.startIntake()
	h.serving(h.intake)
	p, _ := readPack(t, "manufacturing")
	activate(t, c, p)
	h.gateway = h.startGateway()
	return h
}

func (h *havoc) startGateway() *gatewayProcess {
	h.t.Helper()
	h.opens = h.ledger.count("open") + 1
	g := h.c.startGateway(h.t, h.ledger, h.token, killings*roundItems*2)
	g.allow(h.allowed)
	return g
}

func (h *havoc) startIntake() *replica {
	h.t.Helper()
	r := &replica{process: h.c.start(h.t, "intake"), added: make(chan struct{})}
	go func() {
		defer close(r.added)
		if addr, ok := <-r.served; ok {
			r.addr = addr
			h.c.front["intake"].add(addr)
		}
	}()
	return r
}

// serving waits until r serves.
func (h *havoc) serving(r *replica) {
	h.t.Helper()
	select {
	case <-r.added:
	case <-time.After(patience):
		h.t.Fatalf("intake does not serve in %v", patience)
	}
}

func (h *havoc) killIntake(r *replica) {
	h.t.Helper()
	h.signal(r.cmd.Process, syscall.SIGKILL)
	<-r.added
	h.c.front["intake"].remove(r.addr)
	h.kills++
}

func (h *havoc) killGateway() {
	h.gateway.kill()
	h.kills++
}

func (h *havoc) signal(p *os.Process, sig syscall.Signal) {
	h.t.Helper()
	if err := p.Signal(sig); err != nil {
		h.t.Fatal(err)
	}
}

func (h *havoc) allow() {
	h.allowed += roundItems
	h.gateway.allow(h.allowed)
}

// round lets items come, waits for a moment, and does harm.
func (h *havoc) round() {
	h.t.Helper()
	spooled, results := h.ledger.count("spooled"), h.ledger.count("result")
	h.allow()
	switch n := h.random.IntN(roundItems * 3 / 4); h.random.IntN(5) {
	case 0: // at once, while who was killed last is still starting
	case 1, 2:
		h.ledger.await(h.t, "spooled", spooled+n)
	default:
		h.ledger.await(h.t, "result", results+n)
	}
	switch h.random.IntN(20) {
	case 0:
		h.zombieIntake()
	case 1:
		h.zombieGateway()
	case 2, 3, 4:
		h.takeStream()
	case 5:
		h.killIntake(h.intake)
		h.killGateway()
		h.gateway, h.intake = h.startGateway(), h.startIntake()
	case 6, 7, 8, 9, 10, 11:
		h.killIntake(h.intake)
		h.intake = h.startIntake()
	default:
		h.killGateway()
		h.gateway = h.startGateway()
	}
}

// zombieIntake stops intake with everything in its hands, lets another replica take over, and wakes it.
func (h *havoc) zombieIntake() {
	h.t.Helper()
	h.serving(h.intake)
	old := h.intake
	h.signal(old.cmd.Process, syscall.SIGSTOP)
	h.c.front["intake"].remove(old.addr)
	h.intake = h.startIntake()
	h.killGateway() // its connection leads to the one that is stopped
	h.gateway = h.startGateway()
	before := h.ledger.count("result")
	h.allow()
	eventually(h.t, "the other replica takes over, or waits for what the stopped one has locked", func(ctx context.Context) error {
		var waiting int
		err := h.c.admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").Scan(&waiting)
		if err == nil && waiting == 0 && h.ledger.count("result") == before {
			err = errors.New("neither")
		}
		return err
	})
	h.signal(old.cmd.Process, syscall.SIGCONT)
	h.ledger.await(h.t, "result", before+roundItems/2)
	h.killIntake(old)
	h.zombies++
}

// zombieGateway stops the gateway; another one finds the spool in use; then the first goes on.
func (h *havoc) zombieGateway() {
	h.t.Helper()
	h.ledger.await(h.t, "open", h.opens)
	h.signal(h.gateway.cmd.Process, syscall.SIGSTOP)
	busy := h.ledger.count("busy")
	second := h.c.startGateway(h.t, h.ledger, h.token, 0)
	<-second.done
	h.ledger.await(h.t, "busy", busy+1)
	h.signal(h.gateway.cmd.Process, syscall.SIGCONT)
	h.zombies++
}

// takeStream opens the gateway's session from elsewhere, with the gateway's own token: nobody else may. Once the gateway has taken it back,
// the other stream may write nothing.
func (h *havoc) takeStream() {
	h.t.Helper()
	var session string
	err := h.c.admin.QueryRow(h.t.Context(), "SELECT session FROM intake.intake_session WHERE gateway = 'gateway-1'").Scan(&session)
	if err != nil {
		return // the gateway has not opened it yet
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	client := intakev1.NewIntakeServiceClient(h.c.clientOf(h.t, "intake", "gateway-1", optionsv1.Role_ROLE_INTEGRATION))
	var stream intakev1.IntakeService_StreamIntakeClient
	var opened *intakev1.StreamIntakeResponse
	for opened == nil { // intake may be starting
		if stream, err = client.StreamIntake(ctx, grpc.WaitForReady(true)); err == nil {
			opening := &intakev1.OpenIntake{GatewayId: "gateway-1", SessionId: session}
			_ = stream.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: opening}}) // Recv says why
			opened, err = stream.Recv()
		}
		if ctx.Err() != nil {
			h.t.Fatal(err)
		}
	}
	h.allow()
	eventually(h.t, "the gateway takes its session back", func(ctx context.Context) error {
		var epoch int64
		err := h.c.admin.QueryRow(ctx, "SELECT stream_epoch FROM intake.intake_session WHERE gateway = 'gateway-1'").Scan(&epoch)
		if err == nil && epoch == opened.GetOpened().GetStreamEpoch() {
			err = errors.New("it has not opened it")
		}
		return err
	})
	next := &intakev1.IntakeItem{Sequence: opened.GetOpened().GetAckedSequence() + 1, Draft: streamedDraft(-1)}
	_ = stream.Send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Item{Item: next}}) // Recv says why
	if resp, err := stream.Recv(); status.Code(err) != grpccodes.Aborted {
		h.t.Fatalf("a stream that was taken back got %v, %v; want ABORTED", resp, err)
	}
	h.taken++
}

// wantEachOnce holds what intake has against what the gateway was told.
func (h *havoc) wantEachOnce() {
	h.t.Helper()
	h.gateway.kill()
	rows, err := h.c.admin.Query(h.t.Context(), `
		SELECT c.external_reference::bigint, c.number, count(v.complaint_id), count(e.aggregate_id)
		FROM intake.complaint c
		LEFT JOIN intake.vault v USING (tenant, complaint_id)
		LEFT JOIN (SELECT aggregate_id FROM intake.event_stream UNION ALL SELECT aggregate_id FROM intake.outbox_pending) e
			ON e.aggregate_id = c.complaint_id::text
		GROUP BY 1, 2 ORDER BY 1, 2`)
	if err != nil {
		h.t.Fatal(err)
	}
	defer rows.Close()
	series := map[string]int{}
	registered := map[int64]string{}
	for rows.Next() {
		var item int64
		var number string
		var vaults, events int
		if err := rows.Scan(&item, &number, &vaults, &events); err != nil {
			h.t.Fatal(err)
		}
		if vaults != 1 || events != 1 || registered[item] != "" {
			h.t.Errorf("item %d is %s with %d vault rows and %d events, and was %q", item, number, vaults, events, registered[item])
		}
		registered[item] = number
		series[number[:len(number)-6]]++
	}
	if err := rows.Err(); err != nil {
		h.t.Fatal(err)
	}
	for item := int64(1); item <= int64(h.allowed); item++ {
		want := registered[item]
		if item%17 == 0 {
			want = "refused:3"
			if registered[item] != "" {
				h.t.Errorf("item %d was to be refused and is %s", item, registered[item])
			}
		}
		if got := h.ledger.results[item]; got != want || want == "" {
			h.t.Errorf("item %d: the gateway was told %q, intake has %q", item, got, want)
		}
	}
	if want := h.allowed - h.allowed/17; len(registered) != want {
		h.t.Errorf("%d complaints, want %d", len(registered), want)
	}
	for prefix, n := range series { // a month may end meanwhile
		var last string
		if err := h.c.admin.QueryRow(h.t.Context(), "SELECT max(number) FROM intake.complaint WHERE number LIKE $1", prefix+"%").Scan(&last); err != nil {
			h.t.Fatal(err)
		}
		if last != fmt.Sprintf("%s%06d", prefix, n) {
			h.t.Errorf("%d numbers of the series %s, and the last is %s: there are gaps", n, prefix, last)
		}
	}
}
