package events

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Header names. The ce- ones are CloudEvents in binary mode, so that anybody's consumer can read them; what CloudEvents does not
// know are extensions with its spelling: lower case and digits only. With the two of a batch they are fourteen on most messages: from the
// fifteenth on reading them takes half as long again, and every consumer reads every message.
const (
	headerSpecVersion = "ce-specversion"
	headerID          = "ce-id"
	headerSource      = "ce-source"
	headerType        = "ce-type"
	headerSubject     = "ce-subject"
	headerTime        = "ce-time"
	headerTenant      = "ce-tenant"
	headerActor       = "ce-actor"
	headerRecordTime  = "ce-recordtime"
	headerPlace       = "ce-place" // incarnation/part/seq
	headerVersion     = "ce-version"
	headerAfter       = "ce-after"
	headerTraceParent = "traceparent"
)

// messageOf returns the event as it goes over the wire.
func messageOf(e *Event) *nats.Msg {
	h := nats.Header{
		nats.MsgIdHdr:     {e.ID},
		headerSpecVersion: {"1.0"},
		headerID:          {e.ID},
		headerSource:      {e.Producer},
		headerType:        {e.Type},
		headerSubject:     {escape(e.AggregateID)},
		headerTime:        {e.OccurTime.UTC().Format(time.RFC3339Nano)},
		headerTenant:      {escape(e.Tenant)},
		headerActor:       {escape(e.Actor)},
		headerRecordTime:  {e.RecordTime.UTC().Format(time.RFC3339Nano)},
		headerPlace:       {fmt.Sprintf("%d/%d/%d", e.Incarnation, e.Part, e.Seq)},
		headerVersion:     {strconv.FormatInt(e.Version, 10)},
	}
	if len(e.After) > 0 {
		h[headerAfter] = []string{formatAfter(e.After)}
	}
	if e.TraceParent != "" {
		h[headerTraceParent] = []string{e.TraceParent}
	}
	return &nats.Msg{Subject: subjectOf(e), Header: h, Data: e.Payload}
}

// placeOf reads where a message's event stands, which is all that a duplicate needs. The producer is not among it: who reads
// a stream knows whose it is.
func placeOf(h nats.Header) (incarnation int32, part int, seq int64, err error) {
	place := one(h, headerPlace)
	first, rest, _ := strings.Cut(place, "/")
	second, third, _ := strings.Cut(rest, "/")
	i, err1 := strconv.ParseInt(first, 10, 32)
	part, err2 := strconv.Atoi(second)
	seq, err3 := strconv.ParseInt(third, 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || i < 1 || part < 0 || part >= Parts || seq < 1 {
		return 0, 0, 0, fmt.Errorf("not an event: place %q, want incarnation/part/seq", place)
	}
	return int32(i), part, seq, nil
}

// eventOf reads a producer's event from its message.
func eventOf(producer string, h nats.Header, payload []byte) (Event, error) {
	incarnation, part, seq, err := placeOf(h)
	if err != nil {
		return Event{}, err
	}
	e := Event{
		Producer: producer, Incarnation: incarnation, Part: part, Seq: seq,
		ID: one(h, headerID), Type: one(h, headerType), Payload: payload, TraceParent: one(h, headerTraceParent),
	}
	var errs [3]error
	e.Tenant, errs[0] = url.PathUnescape(one(h, headerTenant))
	e.AggregateID, errs[1] = url.PathUnescape(one(h, headerSubject))
	e.Actor, errs[2] = url.PathUnescape(one(h, headerActor))
	if err := errors.Join(errs[:]...); err != nil {
		return Event{}, fmt.Errorf("event %s: %w", e.ID, err)
	}
	if e.Version, err = strconv.ParseInt(one(h, headerVersion), 10, 64); err != nil {
		return Event{}, fmt.Errorf("event %s: version: %w", e.ID, err)
	}
	if e.OccurTime, err = time.Parse(time.RFC3339Nano, one(h, headerTime)); err != nil {
		return Event{}, fmt.Errorf("event %s: time: %w", e.ID, err)
	}
	if e.RecordTime, err = time.Parse(time.RFC3339Nano, one(h, headerRecordTime)); err != nil {
		return Event{}, fmt.Errorf("event %s: record time: %w", e.ID, err)
	}
	if e.After, err = parseAfter(one(h, headerAfter)); err != nil {
		return Event{}, fmt.Errorf("event %s: %w", e.ID, err)
	}
	return e, nil
}

// one returns a header's value as it was sent: nats.Header.Get is as exact, but copies.
func one(h nats.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// escape writes a text as CloudEvents wants it in a header: what is not printable ASCII, and %, in percents. Nearly every text
// stays as it is.
func escape(s string) string {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '%' || c == '"' {
			return url.PathEscape(s)
		}
	}
	return s
}
