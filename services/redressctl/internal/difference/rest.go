package difference

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// rest compares two messages field by field, but for those that have words of their own: whatever the language gains later is shown, if
// only by its name, and no change is passed over.
func (d *differ) rest(s Section, what string, a, b proto.Message, handled ...protoreflect.Name) {
	x, y := a.ProtoReflect(), b.ProtoReflect()
	fields := y.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if slices.Contains(handled, f.Name()) || x.Has(f) == y.Has(f) && x.Get(f).Equal(y.Get(f)) {
			continue
		}
		section := s
		if f.Name() == "clause" || f.Name() == "clauses" {
			section = Names
		}
		d.became(section, what+d.say(", ", "，")+strings.ReplaceAll(string(f.Name()), "_", " "), shown(x, f), shown(y, f))
	}
}

// shown prints a field's value as YAML authors know it; "" where it is not set.
func shown(m protoreflect.Message, f protoreflect.FieldDescriptor) string {
	if !m.Has(f) {
		return ""
	}
	only := m.New()
	only.Set(f, m.Get(f))
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(only.Interface())
	if err != nil {
		return m.Get(f).String()
	}
	var plain bytes.Buffer
	if json.Compact(&plain, data) != nil { // protojson's own spaces differ from build to build
		return string(data)
	}
	_, value, _ := strings.Cut(strings.Trim(plain.String(), "{}"), ":")
	return strings.Trim(value, `"`)
}

// name notes that something is called otherwise.
func (d *differ) name(what string, a, b *procedurev1.Label) {
	if a.GetZh() == b.GetZh() && a.GetEn() == b.GetEn() {
		return
	}
	d.add(Names, "%s is called %s instead of %s", "%s的名称由 %[3]s 改为 %[2]s", what, both(b), both(a))
}

// both returns a label in both languages.
func both(l *procedurev1.Label) string {
	switch {
	case l.GetZh() == "" && l.GetEn() == "":
		return "–"
	case l.GetZh() == "" || l.GetEn() == "":
		return l.GetZh() + l.GetEn()
	}
	return l.GetZh() + " / " + l.GetEn()
}
