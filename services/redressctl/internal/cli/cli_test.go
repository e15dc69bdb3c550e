package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/services/standalone"
)

// terminal runs commands against a suite.
type terminal struct {
	t        *testing.T
	flags    []string
	approver []string // flags of a second person
	token    func(subject string, roles ...optionsv1.Role) (string, error)
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	dir := t.TempDir()
	suite, err := standalone.Start(t.Context(), standalone.Options{Dir: filepath.Join(dir, "suite")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := suite.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	token, err := suite.Token("li.wei", time.Hour, optionsv1.Role_ROLE_AGENT, optionsv1.Role_ROLE_HANDLER, optionsv1.Role_ROLE_SUPERVISOR,
		optionsv1.Role_ROLE_PROCEDURE_AUTHOR, optionsv1.Role_ROLE_OPERATOR)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	if token, err = suite.Token("chen.lan", time.Hour, optionsv1.Role_ROLE_SUPERVISOR); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+"-approver", []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	issue := func(subject string, roles ...optionsv1.Role) (string, error) {
		return suite.Token(subject, time.Hour, roles...)
	}
	term := &terminal{t: t, flags: []string{"--token-file", file}, token: issue, approver: []string{"--token-file", file + "-approver"}}
	for _, name := range standalone.Names() {
		term.flags = append(term.flags, "--"+name, suite.Address(name))
	}
	return term
}

// activate makes the edition of a pack the active one, by two people, and returns its name.
func (x *terminal) activate(pack string) string {
	x.t.Helper()
	name := strings.TrimSuffix(strings.Fields(x.says([]string{"procedure", "publish", pack}))[1], ",")
	x.says([]string{"procedure", "activate", name, "--reason", "the first edition"})
	x.says(append([]string{"procedure", "activate", name, "--approve"}, x.approver...), "active")
	return name
}

// shipped returns the folder of a shipped pack.
func shipped(code string) string {
	return filepath.Join("..", "..", "..", "..", "deploy", "procedures", code, "2026-01")
}

// run runs a command and returns what it printed and its exit code.
func (x *terminal) run(args ...string) (out, errs string, code int) {
	x.t.Helper()
	var stdout, stderr bytes.Buffer
	code = Main(x.t.Context(), append(slices.Clone(x.flags), args...), &stdout, &stderr)
	return stdout.String(), stderr.String(), code
}

// says runs a command that must succeed and print every one of want.
func (x *terminal) says(args []string, want ...string) string {
	x.t.Helper()
	out, errs, code := x.run(args...)
	if code != 0 {
		x.t.Fatalf("%q: exit %d: %s", args, code, errs)
	}
	for _, w := range want {
		if !strings.Contains(out, w) {
			x.t.Errorf("%q does not print %q:\n%s", args, w, out)
		}
	}
	return out
}

// until runs a command until it prints want: what follows a call arrives by events.
func (x *terminal) until(args []string, want string) string {
	x.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		out, errs, _ := x.run(args...)
		if strings.Contains(out, want) {
			return out
		}
		select {
		case <-tick.C:
		case <-deadline:
			x.t.Fatalf("%q never prints %q:\n%s%s", args, want, out, errs)
		}
	}
}

func TestAComplaintsLifeAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	pack := shipped("handbook")
	x.says([]string{"procedure", "verify", pack}, "handbook 2026-01 is sound")
	x.says([]string{"procedure", "publish", pack}, "Published handbook@2026-01", "It is a draft")
	x.says([]string{"procedure", "activate", "handbook@2026-01", "--reason", "the first edition"}, "activation requested", "--approve")
	if _, errs, code := x.run("procedure", "activate", "handbook@2026-01", "--approve"); code != 1 || !strings.Contains(errs, "somebody else must approve") {
		t.Errorf("who asked approves: exit %d: %s", code, errs)
	}
	x.says(append([]string{"procedure", "activate", "handbook@2026-01", "--approve"}, x.approver...), "active", "approved by person:chen.lan")
	x.says([]string{"procedure", "list", "--open"}, "handbook@2026-01", "active", "person:li.wei", "person:chen.lan", "open complaints")
	x.says([]string{"procedure", "show", "handbook@2026-01"}, "requested", "the first edition", "approved")
	x.says([]string{"duties", "assign", "handbook", "complaint_handler", "li.wei"}, "li.wei sits in complaint_handler")
	x.says([]string{"duties", "list"}, "complaint_handler", "li.wei")

	out := x.says([]string{"complaints", "register", "handbook", "--channel", "telephone", "--name", "王小明", "--phone", "13800001234", "--content", "迟到三天"}, "Registered ")
	number := strings.TrimSuffix(strings.Fields(out)[1], ".")
	x.says([]string{"complaints", "list", "--state", "open"}, number, "王*")
	x.until([]string{"clocks", number}, "running")
	x.says([]string{"contacts", "record", number, "--purpose", "response", "--content", "progress,expected_resolution_time"}, "Recorded contact")
	x.until([]string{"clocks", number}, "met")

	for _, fields := range [][]string{{"--field", "problem_exists=flag:no"}, {"--content", "result"}} {
		x.until([]string{"work", "list"}, number)
		out, errs, code := x.run("work", "list", "--output", "json")
		if code != 0 {
			t.Fatal(errs)
		}
		var list struct {
			Work []struct {
				ID string `json:"work_id"`
			}
		}
		if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Work) != 1 {
			t.Fatalf("work list --output json: %v\n%s", err, out)
		}
		x.says(append([]string{"work", "complete", list.Work[0].ID}, fields...), "Milestones")
	}
	story := x.until([]string{"complaints", "show", number}, "ComplaintClosed")
	for _, want := range []string{number, "138****1234", "WorkCompleted", "ClockMet"} {
		if !strings.Contains(story, want) {
			t.Errorf("the story lacks %q:\n%s", want, story)
		}
	}
	x.until([]string{"complaints", "show", number}, "closed")
	if out := x.says([]string{"complaints", "show", number, "-o", "json"}); !json.Valid([]byte(out)) {
		t.Errorf("complaints show -o json prints no JSON:\n%s", out)
	}
	x.says([]string{"report", "handbook"}, "responded_in_time", "1/1 = 100 %")
	x.says([]string{"visits", "list"}, "No visits.")
	x.says([]string{"events", "status"}, "reporting")
	x.says([]string{"events", "parked", "routing"}, "No parked events.")
	x.says([]string{"procedure", "retire", "handbook", "--reason", "merged with another"}, "retired")
	if _, errs, code := x.run("complaints", "register", "handbook", "--channel", "telephone"); code != 1 || !strings.Contains(errs, "takes no new complaints since") {
		t.Errorf("a retired procedure: exit %d: %s", code, errs)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	x := newTerminal(t)
	x.activate(shipped("handbook"))
	pack, err := readPack(shipped("handbook"))
	if err != nil {
		t.Fatal(err)
	}
	unsound := filepath.Join(t.TempDir(), "procedure.yaml")
	if err := os.WriteFile(unsound, regexp.MustCompile(`(?m)^( +)calendar: \w+`).ReplaceAll(pack, []byte("${1}calendar: nowhere")), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"an unknown procedure", []string{"complaints", "register", "furniture", "--channel", "x"}, 1, []string{"furniture"}},
		{"missing fields, each named", []string{"complaints", "register", "handbook", "--channel", "telephone"}, 1, []string{"complainant.name", "complainant.phone", "content"}},
		{"a fact of another kind", []string{"complaints", "register", "handbook", "--channel", "telephone", "--name", "王", "--phone", "13800001234", "--content", "x",
			"--field", "occur_time=2026-03-06"}, 1, []string{"occur_time wants a time, not a code", "KEY=time:"}},
		{"a pack that is not there", []string{"procedure", "verify", "nowhere"}, 1, []string{"no pack", "procedure.yaml"}},
		{"an unsound pack verified", []string{"procedure", "verify", unsound}, 1, []string{"is not sound: ", " errors"}},
		{"a pack that is unsound", []string{"procedure", "publish", unsound}, 1, []string{"there is no calendar \"nowhere\""}},
		{"text that is not UTF-8", []string{"complaints", "register", "handbook", "--content", "\xcd\xb6\xcb\xdf"}, 2, []string{"argument", "is not UTF-8", "terminal"}},
		{"a flag that is missing", []string{"complaints", "register", "handbook"}, 2, []string{"--channel", "Try: redressctl complaints register --help"}},
		{"an unknown complaint", []string{"complaints", "show", "HB-1"}, 1, []string{"redressctl: there is no complaint with number \"HB-1\""}},
		{"a time that is none", []string{"complaints", "list", "--from", "yesterday"}, 1, []string{"--from", "2026-03-06"}},
		{"work that is no UUID", []string{"work", "complete", "42"}, 1, []string{"work list"}},
		{"a state that is none", []string{"complaints", "list", "--state", "nonsense"}, 2, []string{`--state must be one of "open","closed"`}},
		{"a command that is none", []string{"complain"}, 2, []string{"--help"}},
		{"a service that is none", []string{"events", "parked", "billing"}, 1, []string{"slatimer"}},
		{"a broken value", []string{"complaints", "register", "handbook", "--channel", "x", "--field", "a=number:b"}, 1, []string{"--field a", "no number"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, errs, code := x.run(tt.args...)
			if code != tt.code {
				t.Errorf("exit %d, want %d: %s", code, tt.code, errs)
			}
			for _, want := range tt.says {
				if !strings.Contains(errs, want) {
					t.Errorf("the error does not say %q: %s", want, errs)
				}
			}
		})
	}
	t.Run("another service there", func(t *testing.T) {
		other := *x
		other.flags = append(slices.Clone(x.flags), "--intake", x.flags[slices.Index(x.flags, "--routing")+1])
		if _, errs, code := other.run("procedure", "list"); code != 1 || !strings.Contains(errs, "another service") {
			t.Errorf("exit %d: %s", code, errs)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		x.flags = append(x.flags, "--intake", "127.0.0.1:9")
		if _, errs, code := x.run("procedure", "list"); code != 1 || !strings.Contains(errs, "make run") {
			t.Errorf("exit %d: %s", code, errs)
		}
	})
	t.Run("no token", func(t *testing.T) {
		x.flags = []string{"--token-file", filepath.Join(t.TempDir(), "none")}
		if _, errs, code := x.run("procedure", "list"); code != 1 || !strings.Contains(errs, "--token-file") {
			t.Errorf("exit %d: %s", code, errs)
		}
	})
}

func TestTablesStayReadable(t *testing.T) {
	var b strings.Builder
	printer{w: &b}.table("rows", []string{"id", "detail"}, [][]string{{"1", strings.Repeat("sequence=first, ", 10)}})
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(line); n > cellWidth+20 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

func TestPersonalValuesComeFromFiles(t *testing.T) {
	t.Parallel()
	said := filepath.Join(t.TempDir(), "said")
	if err := os.WriteFile(said, []byte("柜门划伤; 两处\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Register registerCmd `cmd:""`
	}
	parser, err := kong.New(&got, kong.NamedMapper("text", kong.MapperFunc(decodeText)))
	if err != nil {
		t.Fatal(err)
	}
	parse := func(content string) error {
		_, err := parser.Parse([]string{"register", "p", "--channel", "x", "--name", "王", "--content", content, "--personal", "note=周末; 在家"})
		return err
	}
	if err := parse("@" + said); err != nil || got.Register.Content != "柜门划伤; 两处" || got.Register.Name != "王" || got.Register.Personal["note"] != "周末; 在家" {
		t.Errorf("%v, got %+v", err, got.Register)
	}
	if err := parse("@" + said + "-nowhere"); err == nil || !strings.Contains(err.Error(), "--content") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// What people wrote is shown as text, whatever a terminal would make of it.
func TestTerminalsAreNotObeyed(t *testing.T) {
	t.Parallel()
	const hostile = "door\x1b[2Jbroken\r\nPhone  1\u202e2\u009b3"
	var b strings.Builder
	printer{w: &b}.pairs([2]string{"Name", "王"}, [2]string{"Content", hostile})
	if diff := cmp.Diff("Name     王\nContent  door\ufffd[2Jbroken\n         Phone  1\ufffd2\ufffd3\n", b.String()); diff != "" {
		t.Errorf("pairs (-want +got):\n%s", diff)
	}
	b.Reset()
	printer{w: &b}.table("rows", []string{"content"}, [][]string{{hostile}})
	if strings.ContainsAny(b.String(), "\x1b\r\u202e\u009b") {
		t.Errorf("a table holds %q", b.String())
	}
}

// A service's refusal is told in its own words, within what the command says around it.
func TestRefusalsKeepWhatTheCommandSays(t *testing.T) {
	t.Parallel()
	refused := fmt.Errorf("after 7 rows: %w\nRepeat the command", status.Error(codes.PermissionDenied, "you may not"))
	if diff := cmp.Diff("redressctl: after 7 rows: you may not\nRepeat the command", explain(refused)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPublishedHolidays(t *testing.T) {
	x := newTerminal(t)
	file := filepath.Join(t.TempDir(), "2027.ics")
	feed := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20270101\r\nSUMMARY:元旦\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if err := os.WriteFile(file, []byte(feed), 0o600); err != nil {
		t.Fatal(err)
	}
	x.says([]string{"calendar", "editions"}, "cn", "shipped with Redress", "yes")
	x.says([]string{"calendar", "publish", "cn", file, "--years", "2027"}, "Published cn@2027-", "1 days, known through 2027-12-31")
	x.says([]string{"calendar", "editions", "cn"}, "2027-", "2026-")
	if _, errs, code := x.run("calendar", "publish", "cn", file, "--years", "2019"); code != 1 || !strings.Contains(errs, "no day off") {
		t.Errorf("a year that the file does not have: exit %d, %s", code, errs)
	}
}

func TestARateOfNoCaseIsNoZero(t *testing.T) {
	tests := []struct {
		value *reportingv1.MetricValue
		want  string
	}{
		{&reportingv1.MetricValue{}, "0"},
		{&reportingv1.MetricValue{Rate: true}, "–"},
		{&reportingv1.MetricValue{Denominator: 2, Rate: true, PerCent: "0"}, "0/2 = 0 %"},
		{&reportingv1.MetricValue{Numerator: 1, Denominator: 2, Rate: true, PerCent: "50"}, "1/2 = 50 %"},
	}
	for _, tt := range tests {
		if got := figure(tt.value); got != tt.want {
			t.Errorf("figure(%v) = %q, want %q", tt.value, got, tt.want)
		}
	}
}
