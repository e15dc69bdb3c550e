package difference

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/procedure"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// packs are the shipped packs by the name of their procedure.
func packs(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../../../deploy/procedures/*/*/procedure.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no packs: %v", err)
	}
	texts := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(filepath.Dir(filepath.Dir(file)))] = string(data)
	}
	return texts
}

func parse(t *testing.T, text string) *procedurev1.Procedure {
	t.Helper()
	p, err := procedure.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// another returns the next edition of a pack: every change must change something, and the result must be sound.
func another(t *testing.T, text string, oldnew ...string) *procedurev1.Procedure {
	t.Helper()
	for i := 0; i < len(oldnew); i += 2 {
		if strings.Count(text, oldnew[i]) != 1 {
			t.Fatalf("the pack has %d times %q, want once", strings.Count(text, oldnew[i]), oldnew[i])
		}
		text = strings.Replace(text, oldnew[i], oldnew[i+1], 1)
	}
	p := parse(t, text)
	if _, err := procedure.Compile(p); err != nil {
		t.Fatal(err)
	}
	return p
}

// nextEdition is what a company might change of a pack.
var nextEdition = map[string][]string{
	"home-furnishing": {
		`edition: "2015"`, `edition: "2016"`,
		"start: {milestone: assigned}\n    limit: {counted_days: 2}", "start: {milestone: assigned}\n    limit: {counted_days: 1}",
		"limit: {working_hours: 2}\n    calendar: office\n    stop: [{milestone: solution_proposed}]\n    cancel: [{work_completed: agree_time}]\n    internal: true",
		"limit: {working_hours: 4}\n    calendar: office\n    stop: [{milestone: solution_proposed}]\n    warnings: [{share: 0.5, notify: [{post: process_technology}]}]",
		"assignee: {post: product_development}\n          form:\n            - {key: amount, name: {zh: 金额 (元), en: Amount in yuan}, kind: FIELD_KIND_NUMBER}\n          next: [{step: handle}]",
		"assignee: {post: process_technology}\n          form:\n            - {key: amount, name: {zh: 金额 (元), en: Amount in yuan}, kind: FIELD_KIND_NUMBER, required: true}\n          next: [{step: price_check}]\n" +
			"      - key: price_check\n        name: {zh: 价格复核, en: Check the price}\n        task: {assignee: {post: product_development}, next: [{step: handle}]}",
		"name: {zh: 超出标准逐级审批, en: Over the standard}", "name: {zh: 超标准审批, en: Approval beyond the standard}",
		"assignee: {post: seat_agent}\n    satisfied: VISIT_CONSEQUENCE_CLOSE\n", "assignee: {post: team_leader}\n    satisfied: VISIT_CONSEQUENCE_CLOSE\n    max_rounds: 3\n",
		"{code: fax, name: {zh: 传真, en: Fax}}", "{code: app, name: {zh: 手机应用, en: App}}",
		"days: [mon, tue, wed, thu, fri, sat]", "days: [mon, tue, wed, thu, fri]",
	},
	"manufacturing": {
		`edition: "2026-01"`, `edition: "2026-02"`,
		"numbering: GJ\n    many: true\n    alone: true", "numbering: GX\n    open: [{closed: true}]\n    when: answers.plan.compensation == 'refund'\n    alone: true",
		"next: [propose_improvement]", "next: [carry_out_improvement]",
		"    closing: [{milestone: improved}]\n    clauses: [S2-20, S2-28]", "    closing: [{work_completed: check_improvement}]\n    clauses: [S2-20, S2-28]\n" +
			"  - key: training\n    name: {zh: 培训, en: Training}\n    numbering: PX\n    steps: [{key: train, task: {assignee: {post: customer_service_staff}}}]\n    closing: [{work_completed: train}]",
		"start: {action_opened: improvement}\n    limit: {unset: true}", "start: {action_opened: improvement}\n    limit: {calendar_days: 90}",
	},
	"handbook": {
		`edition: "2026-01"`, `edition: "2026-02"`,
		"kind: FIELD_KIND_TIME, clause: S5d-06}", "kind: FIELD_KIND_TIME, required: true, clause: S5d-06}",
		"limit: {hours: 24}", "limit: {hours: 12}",
		"clause: S5d-10}", "required: true, clause: S5d-10}",
	},
}

func TestWhatManagersRead(t *testing.T) {
	t.Parallel()
	texts := packs(t)
	for code, changes := range nextEdition {
		for _, lang := range []Lang{En, Zh} {
			t.Run(code+" "+string(lang), func(t *testing.T) {
				t.Parallel()
				var got strings.Builder
				section := Section(0)
				for _, c := range Between(parse(t, texts[code]), another(t, texts[code], changes...), lang) {
					if c.Section != section {
						section = c.Section
						fmt.Fprintln(&got, section.Title(lang))
					}
					fmt.Fprintln(&got, "  "+c.Words)
				}
				golden := filepath.Join("testdata", code+"."+string(lang)+".txt")
				if *update {
					if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("run with -update when this is meant (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestAnActionThatIsGone(t *testing.T) {
	t.Parallel()
	a := parse(t, packs(t)["home-service"])
	b := proto.CloneOf(a)
	b.Actions = b.Actions[1:]
	for lang, want := range map[Lang]string{
		En: `The action "Improvement and rectification" (rectification) is gone, with its 4 steps`, Zh: "取消措施 “改进整改”（rectification）（共 4 个环节）",
	} {
		if diff := cmp.Diff([]Change{{Actions, want}}, Between(a, b, lang)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	back := Between(b, a, En)
	want := `New action "Improvement and rectification" (rectification), with 4 steps; opened by the milestone rectification_due, the milestone improvement_due`
	if diff := cmp.Diff([]Change{{Actions, want}}, back); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Comments, the order of keys, the name of the edition, and the order of what has a key of its own change no meaning.
func TestTheSameMeaningDiffersInNothing(t *testing.T) {
	t.Parallel()
	for code, text := range packs(t) {
		p := parse(t, text)
		q := parse(t, "# another comment\n"+strings.Replace(text, "edition: ", "  # moved\nedition: ", 1))
		q.Edition = "next"
		slices.Reverse(q.Posts)
		slices.Reverse(q.Clocks)
		slices.Reverse(q.Fields)
		slices.Reverse(q.Vocabularies)
		slices.Reverse(q.Metrics)
		for _, f := range q.GetFlows() {
			slices.Reverse(f.GetSteps()[1:]) // a complaint begins at the first
		}
		for _, lang := range []Lang{En, Zh} {
			if found := Between(p, q, lang); len(found) > 0 {
				t.Errorf("%s: %v", code, found)
			}
		}
	}
	a := parse(t, "code: x\nedition: '1'\nname: {en: X, zh: 某}\nnumbering: {prefix: X, zone: UTC}\nposts: [{key: p, name: {en: P}}]\nflows: [{key: f, steps: [{key: s, task: {assignee: {post: p}}}]}]\n")
	b := parse(t, "# the same\nposts: [{name: {en: P}, key: p}]\nflows: [{steps: [{task: {assignee: {post: p}}, key: s}], key: f}]\nnumbering: {zone: UTC, prefix: X}\nname: {zh: 某, en: X}\nedition: '1'\ncode: x\n")
	if found := Between(a, b, En); len(found) > 0 {
		t.Errorf("other order of keys: %v", found)
	}
}

// mostChanges is how many changes of a pack are tried: of a larger one every n-th.
const mostChanges = 1000

// Whatever is changed in a shipped pack, each value by itself, is said in either language; and what is left out, too.
func TestNoChangeIsPassedOver(t *testing.T) {
	t.Parallel()
	for code, text := range packs(t) {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			p := parse(t, text)
			all := 0
			mutations(p.ProtoReflect(), "", func(string, func(protoreflect.Message)) { all++ })
			if all < 100 {
				t.Errorf("the pack has only %d values", all)
			}
			n, stride := 0, all/mostChanges+1
			mutations(p.ProtoReflect(), "", func(path string, change func(root protoreflect.Message)) {
				if n++; n%stride != 0 {
					return
				}
				q := proto.CloneOf(p)
				change(q.ProtoReflect())
				if len(Between(p, q, En)) == 0 || len(Between(q, p, Zh)) == 0 {
					t.Errorf("a change of %s is passed over", path)
				}
			})
		})
	}
}

// mutations calls try with a change of every value that m holds and with the removal of every element of its lists.
func mutations(m protoreflect.Message, path string, try func(path string, change func(protoreflect.Message))) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := path + "." + string(f.Name())
		switch {
		case at == ".code" || at == ".edition" || f.Kind() == protoreflect.BoolKind && f.ContainingOneof() != nil:
			// The name of an edition is no difference, two procedures are not compared, and such a flag can only be true.
		case f.IsList():
			for i := range v.List().Len() {
				try(fmt.Sprintf("%s[%d] removed", at, i), func(root protoreflect.Message) {
					list := root.Mutable(f).List()
					for k := i; k+1 < list.Len(); k++ {
						list.Set(k, list.Get(k+1))
					}
					list.Truncate(list.Len() - 1)
				})
				if f.Kind() == protoreflect.MessageKind {
					mutations(v.List().Get(i).Message(), fmt.Sprintf("%s[%d]", at, i), func(path string, change func(protoreflect.Message)) {
						try(path, func(root protoreflect.Message) { change(root.Mutable(f).List().Get(i).Message()) })
					})
				} else {
					try(fmt.Sprintf("%s[%d]", at, i), func(root protoreflect.Message) {
						root.Mutable(f).List().Set(i, protoreflect.ValueOfString("other"))
					})
				}
			}
		case f.Kind() == protoreflect.MessageKind:
			mutations(v.Message(), at, func(path string, change func(protoreflect.Message)) {
				try(path, func(root protoreflect.Message) { change(root.Mutable(f).Message()) })
			})
		default:
			try(at, func(root protoreflect.Message) { root.Set(f, otherThan(f, v)) })
		}
		return true
	})
}

// otherThan returns another value of the same kind.
func otherThan(f protoreflect.FieldDescriptor, v protoreflect.Value) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(!v.Bool())
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum((v.Enum() + 1) % protoreflect.EnumNumber(f.Enum().Values().Len()))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(v.Int()) + 1)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(v.Float() + 0.25)
	default:
		return protoreflect.ValueOfString(v.String() + "x")
	}
}
