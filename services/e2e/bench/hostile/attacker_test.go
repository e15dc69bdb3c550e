package hostile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"
)

// Variables that make a process an attacker: the attack's name, the suite's folder and intake's address.
const (
	envAttack = "HOSTILE_ATTACK"
	envDir    = "HOSTILE_DIR"
	envAddr   = "HOSTILE_ADDR"
)

// attack starts an attack in a process of its own, and returns once it has begun. end stops it, and returns how it was not answered as it
// must be.
func (v *victim) attack(a attack) (end func() error, err error) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestAttacker$", "-test.count=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // see yield
	cmd.Env = append(os.Environ(), envAttack+"="+a.name, envDir+"="+v.dir, envAddr+"="+v.addr)
	var said bytes.Buffer
	cmd.Stderr = &said
	stop, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	begun := make([]byte, 1)
	_, err = io.ReadFull(out, begun)
	rest := make(chan []byte, 1)
	go func() {
		all, _ := io.ReadAll(out) // it says what is wrong
		rest <- all
	}()
	end = func() error {
		stop.Close()
		all := <-rest
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%w: %s%s", err, all, said.Bytes())
		}
		return nil
	}
	if err != nil {
		return nil, fmt.Errorf("the attacker has not begun: %w, %w", err, end())
	}
	return end, nil
}

// TestAttacker is the attacker's process: round after round, one at least, until its input ends. It yields to everybody: attackers have
// machines of their own, and what counts is what they cost intake.
func TestAttacker(t *testing.T) {
	name := os.Getenv(envAttack)
	if name == "" {
		return // nobody's attacker
	}
	all := append([]attack{control}, attacks...)
	at := slices.IndexFunc(all, func(a attack) bool { return a.name == name })
	if at < 0 {
		t.Fatalf("no attack is named %q", name)
	}
	if err := yield(); err != nil {
		t.Fatal(err)
	}
	round := all[at].prepare(newTarget(t, os.Getenv(envDir), os.Getenv(envAddr)))
	done := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the other side ends it
		close(done)
	}()
	fmt.Print("+")
	for ended := false; !ended; {
		if err := letIn(t.Context(), func() error { return round(t.Context(), done) }); err != nil {
			t.Fatal(err)
		}
		select {
		case <-done:
			ended = true
		default:
		}
	}
}

// yield gives this process the lowest priority. On Linux that is one of each thread, and counts within the session alone where sessions share
// the processors evenly (autogroup): then the session, which the attacker has to itself, has one too.
func yield() error {
	const lowest = 19
	if err := os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(lowest)), 0o600); err != nil && !os.IsNotExist(err) {
		return err
	}
	threads, _ := os.ReadDir("/proc/self/task") // none on other systems, whose priority is the process's
	for _, thread := range threads {
		id, err := strconv.Atoi(thread.Name())
		if err != nil {
			return err
		}
		if err := syscall.Setpriority(syscall.PRIO_PROCESS, id, lowest); err != nil && !errors.Is(err, syscall.ESRCH) { // a thread that has ended
			return err
		}
	}
	return syscall.Setpriority(syscall.PRIO_PROCESS, 0, lowest)
}
