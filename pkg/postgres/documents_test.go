package postgres_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/pgtest"
)

func TestDocumentsGoThroughColumns(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"json", "jsonb"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			goThrough(t, kind)
		})
	}
}

func goThrough(t *testing.T, kind string) {
	t.Helper()
	type document struct {
		Words map[string]string `json:"words,omitempty"`
		Count int               `json:"count,omitzero"`
		Marks []string          `json:"marks"`
	}
	pool := pgtest.New(t, "intake")
	q := fmt.Sprintf(`SELECT d, d::jsonb::text, m FROM unnest($1::%[1]s[], $2::%[1]s[]) WITH ORDINALITY AS u (d, m, n) ORDER BY n`, kind)
	docs := []document{{}, {Words: map[string]string{"词": "字"}, Count: 1, Marks: []string{"<"}}}
	rows, err := pool.Query(t.Context(), q, docs, []map[string]int{nil, {"a": 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	wantText := []string{`{"marks": null}`, `{"count": 1, "marks": ["<"], "words": {"词": "字"}}`}
	wantMaps := []map[string]int{nil, {"a": 1}} // nil is NULL
	got := document{Count: 9, Words: map[string]string{"left": "over"}}
	for i := 0; rows.Next(); i++ {
		var text string
		m := map[string]int{"left": 1}
		if err := rows.Scan(&got, &text, &m); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(docs[i], got); diff != "" || text != wantText[i] {
			t.Errorf("%s, want %s; read (-want +got):\n%s", text, wantText[i], diff)
		}
		if diff := cmp.Diff(wantMaps[i], m); diff != "" {
			t.Errorf("a map (-want +got):\n%s", diff)
		}
	}
	if err := rows.Err(); err != nil || rows.CommandTag().RowsAffected() != 2 {
		t.Errorf("%d rows, %v", rows.CommandTag().RowsAffected(), err)
	}
}
