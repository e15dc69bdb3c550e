package imports

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// usual are names that columns usually have, by what they hold.
var usual = map[string][]string{
	"complainant.name":               {"name", "customer", "customer name", "complainant", "姓名", "客户姓名", "客户名称", "投诉人", "顾客姓名", "联系人"},
	"complainant.phone":              {"phone", "telephone", "mobile", "phone number", "电话", "手机", "手机号", "联系电话", "客户电话", "联系方式"},
	"complainant.email":              {"email", "e-mail", "mail", "邮箱", "电子邮箱", "电子邮件"},
	"complainant.address":            {"address", "地址", "客户地址", "联系地址", "送货地址"},
	"complainant.kind":               {"customer kind", "customer type", "客户类型", "客户类别", "投诉人类型"},
	"complainant.customer_reference": {"customer id", "customer number", "member id", "客户编号", "会员号", "会员编号"},
	"content":                        {"content", "complaint", "description", "text", "narrative", "consumer complaint narrative", "投诉内容", "内容", "投诉描述", "问题描述", "描述"},
	"channel":                        {"channel", "source", "submitted via", "渠道", "投诉渠道", "来源", "受理渠道"},
	"receive_time":                   {"received", "receive time", "date received", "date", "time", "投诉时间", "受理时间", "受理日期", "投诉日期", "来电时间", "日期", "时间"},
	"external_reference":             {},
}

// usualKeys are names of columns that tell a row from the others.
var usualKeys = []string{"id", "complaint id", "number", "no.", "no", "ticket", "reference", "case number", "编号", "单号", "投诉单号", "投诉编号", "工单号", "工单编号", "序号"}

// Suggest returns a first mapping for a file with these columns: what is called as the procedure calls it, or as it is usually called.
// Columns that nothing was found for are returned too.
func Suggest(header []string, p *procedurev1.Procedure) (m *Mapping, left []string) {
	m = &Mapping{Procedure: p.GetCode(), Zone: p.GetNumbering().GetZone(), Fields: map[string]Origin{}}
	for _, h := range header {
		name := strings.ToLower(h)
		path := fieldCalled(p, name)
		if path == "" {
			path = placeCalled(name)
		}
		switch _, taken := m.Fields[path]; {
		case name == "" || name == rowColumn || name == reasonColumn:
		case len(m.Key) == 0 && slices.Contains(usualKeys, name):
			m.Key = names{h}
		case path == "" || taken:
			left = append(left, h)
		default:
			m.Fields[path] = Origin{Column: h}
		}
	}
	return m, left
}

// fieldCalled returns where a field of the procedure goes that has this name.
func fieldCalled(p *procedurev1.Procedure, name string) string {
	for _, f := range p.GetFields() {
		if !slices.Contains([]string{f.GetKey(), strings.ToLower(f.GetName().GetEn()), strings.ToLower(f.GetName().GetZh())}, name) {
			continue
		}
		switch own, ok := ownPlace[f.GetKey()]; {
		case ok:
			return own
		case personal(f.GetKind()):
			return "personal_fields." + f.GetKey()
		}
		return "fields." + f.GetKey()
	}
	return ""
}

func placeCalled(name string) string {
	for path, list := range usual {
		if slices.Contains(list, name) {
			return path
		}
	}
	return ""
}

// WriteSuggestion writes a mapping with what a person still has to say.
func WriteSuggestion(w io.Writer, m *Mapping, left []string, p *procedurev1.Procedure) error {
	fmt.Fprintf(w, "# A first mapping, from the names of the columns. Read it, mend it, then try: complaints import FILE --map THIS --dry-run\n")
	fmt.Fprintf(w, "# source: a name for where the rows come from. With key it tells a row for ever: keep both from import to import.\n")
	if len(m.Key) == 0 {
		fmt.Fprintf(w, "# key: no column looks like a number of the row; name the column, or the list of columns, that tells rows apart.\n")
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(m); err != nil {
		return err
	}
	if _, ok := m.Fields["channel"]; !ok {
		fmt.Fprintf(w, "  # channel is missing, and every complaint has one. For example: channel: {constant: %s}\n", firstChannel(p))
	}
	for _, f := range p.GetFields() {
		path := fieldCalled(p, f.GetKey())
		if _, ok := m.Fields[path]; !ok && f.GetRequired() {
			fmt.Fprintf(w, "  # %s (%s) is required, and no column is called so\n", path, f.GetName().GetZh())
		}
	}
	for _, h := range left {
		fmt.Fprintf(w, "  # the column %q is not used\n", h)
	}
	return nil
}

func firstChannel(p *procedurev1.Procedure) string {
	for _, v := range p.GetVocabularies() {
		if v.GetKey() == "channel" {
			return v.GetTerms()[0].GetCode()
		}
	}
	return "telephone"
}
