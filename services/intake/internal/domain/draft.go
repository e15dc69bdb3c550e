package domain

import (
	"strings"
	"time"

	"redress.dev/pkg/procedure"
)

// Draft is what a caller hands over to be registered. The shape has been checked against the contract.
type Draft struct {
	Procedure string
	Flow      string
	Channel   string
	// ReceiveTime and CountTime are zero where the caller gave none.
	ReceiveTime       time.Time
	CountTime         time.Time
	ComplainantKind   string
	Fields            map[string]procedure.Value
	Personal          Personal
	ExternalReference string
}

// has reports whether d answers a procedure's field.
//
// Some keys have a place of their own in a draft: name, phone, email and address are the complainant's, contact is either of phone
// and email, content the complainant's words, channel, customer_kind, and the time of receipt, which is never missing. Every
// other key is looked for among the fields and the personal fields.
func (d Draft) has(key string) bool {
	switch key {
	case "name":
		return !blank(d.Personal.Name)
	case "phone":
		return !blank(d.Personal.Phone)
	case "email":
		return !blank(d.Personal.Email)
	case "address":
		return !blank(d.Personal.Address)
	case "content":
		return !blank(d.Personal.Content)
	case "contact":
		if !blank(d.Personal.Phone) || !blank(d.Personal.Email) {
			return true
		}
	case "channel", "complaint_time", "receive_time":
		return true
	case "customer_kind":
		if d.ComplainantKind != "" {
			return true
		}
	}
	_, coded := d.Fields[key]
	return coded || !blank(d.Personal.Fields[key])
}

// ownPlaces are the keys of personal facts that are not given among the personal fields, with the place where they are.
var ownPlaces = map[string]string{
	"name": "draft.complainant.name", "phone": "draft.complainant.phone", "email": "draft.complainant.email",
	"address": "draft.complainant.address", "content": "draft.content",
}

// pathOf returns where a draft gives a procedure's field, as errors name it.
func pathOf(f procedure.Field) string {
	switch own, ok := ownPlaces[f.Key]; {
	case ok:
		return own
	case f.Key == "contact":
		return "draft.complainant.phone"
	case f.Key == "customer_kind":
		return "draft.complainant.kind"
	case f.Kind.Personal():
		return "draft.personal_fields." + f.Key
	}
	return "draft.fields." + f.Key
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }
