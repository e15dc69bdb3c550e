package demo

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// draft is the record as a gateway hands it over: no name, and the narrative as the consumer's words.
func draft(r Record, receive time.Time, book playbook) *intakev1.ComplaintDraft {
	d := &intakev1.ComplaintDraft{
		Procedure: book.Procedure, Channel: r.Via, ReceiveTime: timestamppb.New(receive), ExternalReference: r.ID,
		Complainant: &intakev1.Party{Kind: book.ComplainantKind}, Content: r.Narrative, Fields: map[string]*typev1.Value{},
	}
	if d.Channel == "" {
		d.Channel = book.ChannelIfEmpty
	}
	for _, f := range book.Fields.list() {
		if code := *f.cell(&r); code != "" {
			d.Fields[f.key] = &typev1.Value{Kind: &typev1.Value_Code{Code: code}}
		}
	}
	return d
}
