package procedure_test

import (
	"math"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/procedure"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

func TestValueGoesThroughJSONAndProto(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 6, 10, 0, 0, 123456000, time.FixedZone("CST", 8*3600))
	for _, v := range []procedure.Value{
		procedure.Code("网站"), procedure.Number(-2.5), procedure.Number(0), procedure.Flag(true), procedure.Flag(false), procedure.Time(at),
	} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back procedure.Value
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(v, back); diff != "" {
			t.Errorf("%s through JSON (-want +got):\n%s", data, diff)
		}
		if diff := cmp.Diff(v, procedure.FromProto(procedure.ToProto(v))); diff != "" {
			t.Errorf("%s through protobuf (-want +got):\n%s", data, diff)
		}
		var message typev1.Value // what a jsonb column holds is the contract's JSON
		if err := protojson.Unmarshal(data, &message); err != nil || !proto.Equal(&message, procedure.ToProto(v)) {
			t.Errorf("%s is not the contract's JSON: %v, %v", data, &message, err)
		}
	}
	values := map[string]procedure.Value{"a": procedure.Code("x"), "时间": procedure.Time(at), "n": procedure.Number(0), "<f>": procedure.Flag(false)}
	whole, err := procedure.MarshalValues(values)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]procedure.Value
	if err := json.Unmarshal(whole, &back); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(values, back); diff != "" {
		t.Errorf("a map through %s (-want +got):\n%s", whole, diff)
	}
	for _, part := range []procedure.Values{values, {}, nil} {
		document, err := json.Marshal([]procedure.Values{part})
		if err != nil {
			t.Fatal(err)
		}
		var back []procedure.Values
		if err := json.Unmarshal(document, &back); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]procedure.Values{part}, back); diff != "" {
			t.Errorf("a map in a document through %s (-want +got):\n%s", document, diff)
		}
	}
	if diff := cmp.Diff(values, procedure.FromProtos(procedure.ToProtos(values))); diff != "" {
		t.Errorf("a map (-want +got):\n%s", diff)
	}
}

func TestNoValueIsNone(t *testing.T) {
	t.Parallel()
	if v := procedure.FromProto(nil); v != (procedure.Value{}) {
		t.Errorf("nothing becomes %v", v)
	}
	for _, none := range []procedure.Value{
		{}, procedure.Number(math.NaN()), procedure.Number(math.Inf(1)), procedure.Code("\xff"), procedure.Time(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		if data, err := json.Marshal(none); err == nil {
			t.Errorf("%v has the JSON form %s", none, data)
		}
	}
	if none, err := procedure.MarshalValues(nil); none != nil || err != nil {
		t.Errorf("no values are %s, %v", none, err)
	}
	if _, err := procedure.MarshalValues(map[string]procedure.Value{"a": {}}); err == nil {
		t.Error("the zero Value has a JSON form among others")
	}
	var v procedure.Value
	for _, bad := range []string{``, `{`, `{}`, `{"code":1}`, `[]`, `["code"]`, `null`, `{"code":"x","flag":true}`, `{"code":"x"`, `{"word":"x"}`} {
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("%s is a value: %v", bad, v)
		}
	}
	if procedure.FromProtos(nil) != nil || procedure.ToProtos(nil) != nil {
		t.Error("no map becomes one")
	}
}

// What was answered is found under the new keys of steps, whichever way they were swapped; the old facts stay as they were.
func TestFactsMigrate(t *testing.T) {
	t.Parallel()
	said := func(s string) map[string]procedure.Value {
		return map[string]procedure.Value{"said": procedure.Code(s)}
	}
	before := procedure.Facts{Round: 2, Values: map[string]string{"grade": "low"}, Answers: map[string]map[string]procedure.Value{"a": said("a"), "b": said("b"), "c": said("c"), "d": said("d")}}
	got := before.Migrate(map[string]string{"grade": "high"}, map[string]string{"a": "b", "b": "a", "c": "d", "x": "y"})
	want := map[string]map[string]procedure.Value{"a": said("b"), "b": said("a"), "d": said("d")}
	if diff := cmp.Diff(want, got.Answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	if got.Values["grade"] != "high" || got.Round != 2 || before.Values["grade"] != "low" || len(before.Answers) != 4 {
		t.Errorf("got %+v of %+v", got, before)
	}
}
