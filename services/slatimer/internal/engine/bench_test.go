package engine_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/riverqueue/river"
)

const (
	// rounds is how often each is measured, in turn; the median is reported.
	rounds = 3
	// crowd is the number of timers armed beside those that fire; BENCH_MANY is that of the second measurement of Redress alone.
	crowd = 1_000_000
	many  = 5_000_000
	// fires is how many are due, over spread or at one instant; burst how many at one instant to find what is sustained.
	fires  = 10_000
	spread = 10 * time.Second
	burst  = 50_000
	// armBatch timers are armed in one transaction, by armers connections.
	armBatch = 500
	armers   = 2
)

// contender is one system that keeps timers.
type contender interface {
	name() string
	load(n int)               // arms n timers that are not due for long
	rest()                    // leaves nothing undone that would disturb the next measurement
	start()                   // begins to fire
	stop()                    // ends that
	armAll(dues []time.Time)  // arms timers in batches, with all that is to fire
	armOnly(dues []time.Time) // arms timers alone, which are not due for long: what a job is to River
	lead() time.Duration      // how long before its time a timer is armed
	expect(n int)             // forgets what fired and waits for n timers from now on
	await(b *testing.B)       // returns when all have fired
	lags(time.Time) []time.Duration
}

// result holds what was measured of one contender, a figure for each round.
type result struct{ arm, whole, spread, storm, burst []figures }

// BenchmarkTimers measures the engine with the server's real firing (domain.Fire, clock, file, timer and event in one transaction)
// beside River's scheduled jobs, in turn, on one durable Postgres, with a million other timers armed.
//
// A timer's lag runs from its time until the transaction that fired it has been committed and its client knows. River's ends
// earlier, when the job's function is called, which does nothing but note the time. A timer is armed by a row of its own, beside the
// rows of its clock and its complaint, as a job is beside the rows of what it is for; with its clock means these too. Redress's relay does not run. CPU is that of
// this process and of Postgres while a thousand timers a second are due. The lag after a kill is that of timers due after the
// SIGKILL of a process that owned half of the shards, with another replica running.
func BenchmarkTimers(b *testing.B) {
	for b.Loop() {
		h := startHost(b)
		fmt.Printf("timers: Postgres with %s\n", strings.Join(serverSettings, ", "))
		ours := newRedress(b, h)
		pool := riverPool(b, h)
		plain := newRivers(b, pool, "river default", func(*river.Config) {})
		tuned := newRivers(b, pool, "river tuned", func(c *river.Config) {
			c.Queues = map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2000}}
			c.FetchCooldown, c.FetchPollInterval = 2*time.Millisecond, 20*time.Millisecond
		})
		fmt.Println("timers: River v0.51.1; default: 100 workers; tuned: 2,000 workers, fetch cooldown 2 ms, fetch poll 20 ms; " +
			"its scheduler runs each 5 s (its Config cannot change that) and moves jobs 5 s ahead")
		started := time.Now()
		ours.load(crowd)
		plain.load(crowd)
		fmt.Printf("timers: %d armed for both in %s\n", crowd, time.Since(started).Round(time.Second))
		var r, d, t result
		for range rounds {
			measure(b, h, ours, &r)
			measure(b, h, tuned, &t)
			measure(b, h, plain, &d)
		}
		kill, mem := kills(b, ours)
		fmt.Println(header)
		show("redress", r)
		show("river tuned", t)
		show("river default", d)
		fmt.Printf("| redress after a kill | | | %.1f | %.0f | %.0f | | | | | |\n", kill.p50, kill.p99, kill.max)
		fmt.Printf("timers: memory of the engine's process with %d armed: %.0f MiB\n", crowd, mem)
		compare(r, t, kill)
		if n := envMany(b); n > crowd {
			ours.load(n - crowd)
			var m result
			for range rounds {
				measure(b, h, ours, &m)
			}
			_, mem := kills(b, ours)
			show(fmt.Sprint("redress, ", n), m)
			fmt.Printf("timers: memory of the engine's process with %d armed: %.0f MiB\n", n, mem)
			compareMany(r, m)
		}
	}
}

// envMany is the number of timers for the second measurement.
func envMany(b *testing.B) int {
	s := os.Getenv("BENCH_MANY")
	if s == "" {
		return many
	}
	return number(b, s)
}

// measure runs one round of c.
func measure(b *testing.B, h host, c contender, r *result) {
	b.Helper()
	far := make([]time.Time, 2*fires)
	for i := range far {
		far[i] = time.Now().Add(20*24*time.Hour + time.Duration(i)*time.Second).Truncate(time.Microsecond)
	}
	timed := func(arm func([]time.Time)) figures {
		began := time.Now()
		arm(far)
		return figures{rate: float64(len(far)) / time.Since(began).Seconds()}
	}
	r.arm = append(r.arm, timed(c.armOnly))
	r.whole = append(r.whole, timed(c.armAll))
	c.rest()
	c.start()
	defer c.stop()

	first := time.Now().Add(c.lead())
	dues := make([]time.Time, fires)
	for i := range dues {
		dues[i] = first.Add(time.Duration(i) * spread / fires).Truncate(time.Microsecond)
	}
	c.expect(fires)
	c.armAll(dues)
	<-time.After(time.Until(first.Add(-100 * time.Millisecond)))
	cpu, began := h.cpu(b), time.Now()
	c.await(b)
	f := figuresOf(c.lags(time.Time{}))
	f.cpu = (h.cpu(b) - cpu).Seconds() / time.Since(began).Seconds()
	r.spread = append(r.spread, f)
	r.storm = append(r.storm, storm(b, c, fires))
	if c.name() != "river default" { // at its thousand a second this would take a minute
		r.burst = append(r.burst, storm(b, c, burst))
	}
}

// storm lets n timers be due at one instant.
func storm(b *testing.B, c contender, n int) figures {
	b.Helper()
	at := time.Now().Add(c.lead() + time.Duration(n)*50*time.Microsecond).Truncate(time.Microsecond)
	dues := make([]time.Time, n)
	for i := range dues {
		dues[i] = at
	}
	c.expect(n)
	c.armAll(dues)
	if time.Now().After(at) {
		b.Fatalf("%s: not armed in time", c.name())
	}
	c.await(b)
	return figuresOf(c.lags(time.Time{}))
}

// kills kills the owner of half of the shards, which runs in a process of its own, and returns the lag of what was due after that,
// and the memory that the process had.
func kills(b *testing.B, r *redress) (figures, float64) {
	b.Helper()
	var all []time.Duration
	var mem float64
	for range rounds {
		p := r.process()
		second := r.rig.start()
		r.engine = second
		r.awaitOwners(2)
		first := time.Now().Add(2 * time.Second)
		dues := make([]time.Time, 3000)
		for i := range dues {
			dues[i] = first.Add(time.Duration(i) * time.Millisecond).Truncate(time.Microsecond)
		}
		r.expect(len(dues))
		r.armAll(dues)
		<-time.After(time.Until(first.Add(time.Second)))
		mem = memory(b, p)
		killed := time.Now()
		send(b, p, syscall.SIGKILL)
		<-time.After(time.Until(first.Add(3 * time.Second)))
		r.awaitNoneDue()
		all = append(all, r.lags(killed)...)
		second.stop()
	}
	return figuresOf(all), mem
}

// header and show print the table.
const header = `| | arm/s | with its clock | spread: p50 | p99 | max, ms | CPUs | one instant: p50 | p99 | max, ms | sustained fires/s |
|---|---|---|---|---|---|---|---|---|---|---|`

func show(name string, r result) {
	m := medianOf
	fmt.Printf("| %s | %.0f | %.0f | %.1f | %.1f | %.1f | %.2f | %.0f | %.0f | %.0f | %.0f |\n", name, m(r.arm, rate), m(r.whole, rate), m(r.spread, p50), m(r.spread, p99),
		m(r.spread, most), m(r.spread, cpus), m(r.storm, p50), m(r.storm, p99), m(r.storm, most), m(r.sustained(), rate))
}

// sustained is the rate of the greatest storm.
func (r result) sustained() []figures {
	if len(r.burst) > 0 {
		return r.burst
	}
	return r.storm
}

func compare(r, t result, kill figures) {
	m := medianOf
	atMost("spread_p99_ms", m(r.spread, p99), 25)
	atLeast("spread_p99_river_to_redress", m(t.spread, p99)/m(r.spread, p99), 20)
	atMost("instant_last_ms", m(r.storm, most), 250)
	atLeast("instant_p99_river_to_redress", m(t.storm, p99)/m(r.storm, p99), 3)
	atLeast("fires_redress_to_river", m(r.burst, rate)/m(t.burst, rate), 3)
	atLeast("arm_redress_to_river", m(r.arm, rate)/m(t.arm, rate), 2)
	atMost("cpu_redress_to_river", m(r.spread, cpus)/m(t.spread, cpus), 1)
	atMost("kill_last_ms", kill.max, 1500)
}

func compareMany(few, many result) {
	m := medianOf
	atMost("many_arm", m(few.arm, rate)/m(many.arm, rate), 1.5)
	atMost("many_spread_p99", m(many.spread, p99)/m(few.spread, p99), 1.5)
	atMost("many_cpu", m(many.spread, cpus)/m(few.spread, cpus), 1.5)
	atMost("many_instant_p99", m(many.storm, p99)/m(few.storm, p99), 1.5)
	atMost("many_fires", m(few.burst, rate)/m(many.burst, rate), 1.5)
}

func atMost(name string, got, bar float64)  { ratio(name, got, bar, "most", got <= bar) }
func atLeast(name string, got, bar float64) { ratio(name, got, bar, "least", got >= bar) }

func ratio(name string, got, bar float64, kind string, met bool) {
	outcome := "met"
	if !met {
		outcome = "MISSED"
	}
	fmt.Printf("ratio timers_%s %.2f (at %s %g: %s)\n", name, got, kind, bar, outcome)
}
