package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/gateway"
	"redress.dev/pkg/rpc"
)

// Where the first is set, the test binary is a call centre's gateway, and nothing else, until it is killed.
const (
	envSpool  = "E2E_GATEWAY_SPOOL"
	envIntake = "E2E_GATEWAY_INTAKE"
	envToken  = "E2E_GATEWAY_TOKEN"
	envTotal  = "E2E_GATEWAY_TOTAL"
)

func TestMain(m *testing.M) {
	if os.Getenv(envSpool) == "" {
		os.Exit(m.Run())
	}
	if err := gatewayMain(context.Background()); err != nil {
		fmt.Println("failed", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
}

// gatewayMain spools complaint n as item n, from where the spool ends, as far as the lines of its standard input say, and prints what
// becomes of them.
func gatewayMain(ctx context.Context) error {
	total, err := strconv.ParseInt(os.Getenv(envTotal), 10, 64)
	if err != nil {
		return err
	}
	conn, err := rpc.Dial(os.Getenv(envIntake), auth.Token{Value: os.Getenv(envToken)}, nil)
	if err != nil {
		return err
	}
	spool, err := gateway.OpenSpool(os.Getenv(envSpool), gateway.SpoolConfig{})
	if errors.Is(err, gateway.ErrSpoolInUse) {
		fmt.Println("busy")
		return nil
	}
	if err != nil {
		return err
	}
	next := spool.Progress().Spooled + 1
	fmt.Println("open", next-1)
	ended := make(chan error, 2)
	go func() {
		ended <- spool.Run(ctx, intakev1.NewIntakeServiceClient(conn), "gateway-1", func(r *intakev1.IntakeResult) error {
			_, err := fmt.Println("result", r.GetSequence(), told(r))
			return err
		})
	}()
	go func() {
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			limit, err := strconv.ParseInt(lines.Text(), 10, 64)
			for ; err == nil && next <= min(limit, total); next++ {
				if _, err = spool.Send(&intakev1.IntakeItem{Draft: streamedDraft(int(next))}); err == nil {
					fmt.Println("spooled", next)
				}
			}
			if err != nil {
				ended <- err
				return
			}
		}
	}()
	return <-ended
}

// told is a result in a word: the number, or why there is none.
func told(r *intakev1.IntakeResult) string {
	if r.GetError() != nil {
		return "refused:" + strconv.Itoa(int(r.GetError().GetCode()))
	}
	return r.GetNumber()
}

// streamedDraft is complaint n; intake refuses every 17th, as its phone number is none.
func streamedDraft(n int) *intakev1.ComplaintDraft {
	d := draft("manufacturing", n)
	if n%17 == 0 {
		d.Complainant.Phone = "none"
	}
	return d
}

// gatewayProcess is a running gateway.
type gatewayProcess struct {
	cmd   *exec.Cmd
	stdin *os.File
	done  chan struct{} // closed when everything that it printed is in the ledger
}

// ledger is what all gateway processes have printed so far.
type ledger struct {
	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every line
	lines   map[string]int
	spooled int64
	results map[int64]string
	wrong   []string
}

func newLedger() *ledger {
	return &ledger{changed: make(chan struct{}), lines: map[string]int{}, results: map[int64]string{}}
}

// add takes a line in.
func (l *ledger) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	words := append(strings.Fields(line), "", "")
	n, _ := strconv.ParseInt(words[1], 10, 64) // 0 where there is no number
	switch before := l.results[n]; words[0] {
	case "busy":
	case "open":
		if n < l.spooled {
			l.wrong = append(l.wrong, fmt.Sprintf("the spool ends at %d after %d was spooled", n, l.spooled))
		}
	case "spooled":
		l.spooled = n
	case "result":
		if l.results[n] = words[2]; before != "" && before != words[2] {
			l.wrong = append(l.wrong, fmt.Sprintf("item %d became %s and %s", n, before, words[2]))
		}
	default:
		l.wrong = append(l.wrong, line)
	}
	l.lines[words[0]]++
	close(l.changed)
	l.changed = make(chan struct{})
}

// count returns how many lines of a kind have been printed.
func (l *ledger) count(kind string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines[kind]
}

// await waits until so many lines of a kind have been printed.
func (l *ledger) await(t *testing.T, kind string, count int) {
	t.Helper()
	l.until(t, fmt.Sprint(count, " lines of ", kind), func() bool { return l.lines[kind] >= count })
}

// until waits until ok, which is called with the ledger locked.
func (l *ledger) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		l.mu.Lock()
		is, changed, wrong := ok(), l.changed, l.wrong
		l.mu.Unlock()
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		if is {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}

// startGateway starts a gateway on the spool in c's folder.
func (c *cluster) startGateway(t *testing.T, l *ledger, token string, total int) *gatewayProcess {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &gatewayProcess{cmd: exec.Command(self), stdin: stdin, done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), envSpool+"="+c.dir+"/spool", envIntake+"="+c.front["intake"].address(), envToken+"="+token, envTotal+"="+strconv.Itoa(total))
	p.cmd.Stdin, p.cmd.Stderr = in, os.Stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	go func() {
		defer close(p.done)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			l.add(lines.Text())
		}
	}()
	t.Cleanup(p.kill)
	return p
}

// kill ends the process at once and returns when all that it printed has been read.
func (p *gatewayProcess) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.done
	_ = p.cmd.Wait() // killed, so it always reports an error
	p.stdin.Close()
}

// allow lets the gateway spool items up to n.
func (p *gatewayProcess) allow(n int) { fmt.Fprintln(p.stdin, n) }
