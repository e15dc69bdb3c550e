package domain

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

func TestSuggest(t *testing.T) {
	t.Parallel()
	base := Matter{
		Complaint{SubjectID: "a", ReceiveTime: now, Fields: map[string]procedure.Value{"order": procedure.Code("A-17"), "amount": procedure.Number(1)}},
		Personal{Phone: "138 1234 5678", Email: "Wang@example.com"},
	}
	day := 24 * time.Hour
	for _, tt := range []struct {
		name       string
		change     func(m *Matter)
		sharing    int // the order
		similarity float64
		score      float64 // 0: not suggested
		reasons    []SuggestionKind
		kind       LinkKind
	}{
		{"nothing", func(*Matter) {}, 1, 0, 0, nil, 0},
		{"the same number, spelled otherwise", func(m *Matter) { m.Personal.Phone = "+86 13812345678" }, 1, 0, 0.6, []SuggestionKind{SamePhone}, RepeatOf},
		{"half a year apart", func(m *Matter) {
			m.Personal.Phone = "+86 13812345678"
			m.Complaint.ReceiveTime = now.Add(-365 * day / 2)
		}, 1, 0, 0.45, []SuggestionKind{SamePhone}, RepeatOf},
		{"three years apart", func(m *Matter) {
			m.Personal.Phone = "+86 13812345678"
			m.Complaint.ReceiveTime = now.Add(3 * 365 * day)
		}, 1, 0, 0.3, []SuggestionKind{SamePhone}, RepeatOf},
		{"the same person", func(m *Matter) { m.Complaint.SubjectID = "a" }, 1, 0, 0.7, []SuggestionKind{SamePerson}, RepeatOf},
		{"the order of somebody else", func(m *Matter) { m.Complaint.Fields["order"] = procedure.Code("A-17") }, 2, 0, 0.6, []SuggestionKind{SameField}, SameMatter},
		{"an order of very many", func(m *Matter) { m.Complaint.Fields["order"] = procedure.Code("A-17") }, 100, 0, 0, nil, 0},
		{"words that are alike", func(*Matter) {}, 1, 0.5, 0.45, []SuggestionKind{SimilarText}, SameMatter},
		{"words that are little alike", func(*Matter) {}, 1, 0.3, 0, nil, 0},
		{"two reasons", func(m *Matter) { m.Personal.Email = "wang@EXAMPLE.com" }, 1, 1, 0.95, []SuggestionKind{SimilarText, SameEmail}, RepeatOf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			other := Matter{Complaint{SubjectID: "b", ReceiveTime: now, Fields: map[string]procedure.Value{"amount": procedure.Number(1)}}, Personal{}}
			tt.change(&other)
			got, ok := Suggest(base, other, map[string]int{"order": tt.sharing}, tt.similarity)
			if ok != (tt.score > 0) {
				t.Fatalf("suggested: %v, %+v", ok, got)
			}
			if !ok {
				return
			}
			var kinds []SuggestionKind
			for _, r := range got.Reasons {
				kinds = append(kinds, r.Kind)
			}
			if diff := cmp.Diff(tt.reasons, kinds); diff != "" || math.Abs(got.Score-tt.score) > 1e-9 || got.Kind != tt.kind {
				t.Errorf("score %v, kind %v, reasons (-want +got):\n%s", got.Score, got.Kind, diff)
			}
			back, _ := Suggest(other, base, map[string]int{"order": tt.sharing}, tt.similarity)
			if math.Abs(back.Score-got.Score) > 1e-9 {
				t.Errorf("one way %v, the other %v", got.Score, back.Score)
			}
		})
	}
}
