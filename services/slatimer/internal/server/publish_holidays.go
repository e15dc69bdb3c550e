package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/calendar"
	"redress.dev/pkg/calendar/holidays"
	"redress.dev/pkg/calendar/ical"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/postgres"
	"redress.dev/services/slatimer/internal/store"
)

// PublishHolidays implements the RPC; its contract is in the .proto file.
func (s *Server) PublishHolidays(ctx context.Context, req *slatimerv1.PublishHolidaysRequest) (*slatimerv1.PublishHolidaysResponse, error) {
	set, err := setOf(req)
	if err != nil {
		return nil, err
	}
	now, by := s.cfg.Now(), auth.From(ctx)
	e, err := editionOf(req.GetKey(), set)
	if err != nil {
		return nil, err
	}
	e.Tenant, e.Source, e.Actor, e.CauseID, e.PublishTime, e.Current = by.Tenant, req.GetSource(), by.Actor(), req.GetRequestId(), now, true
	if e.Source == "" && len(set.Sources) > 0 {
		e.Source = set.Sources[0].Title
	}
	caller := idempotency.Caller{Tenant: by.Tenant, Subject: by.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, caller, "PublishHolidays", req, func(tx pgx.Tx) (*slatimerv1.PublishHolidaysResponse, error) {
		if err := s.publish(ctx, tx, e); err != nil {
			return nil, err
		}
		out, err := holidaysProto(e)
		return &slatimerv1.PublishHolidaysResponse{Holidays: out}, err
	})
	if err != nil {
		return nil, err
	}
	select {
	case s.published <- struct{}{}:
	default: // a signal waits there already
	}
	return resp, nil
}

// publish makes e count, unless less would be known then than is now, by the tenant or by what is shipped.
func (s *Server) publish(ctx context.Context, tx pgx.Tx, e store.HolidayEdition) error {
	for _, tenant := range []string{e.Tenant, store.Everyone} {
		known, err := store.KnownThrough(ctx, tx, tenant, e.Key)
		if err != nil {
			return err
		}
		if e.KnownThrough < known { // ISO dates sort as text
			return fault.New(fault.Precondition, "HOLIDAYS_SHORTENED",
				"%s is known through %s already; this set ends on %s: add the later days to it", e.Key, known, e.KnownThrough).
				With("known_through_date", known)
		}
	}
	_, err := store.PublishHolidays(ctx, tx, e)
	return err
}

// ShipHolidays makes the holidays that come with this build count for all who have published none themselves, unless a newer build
// has done so already.
func (s *Server) ShipHolidays(ctx context.Context) error {
	set, err := holidays.China()
	if err != nil {
		return err
	}
	e, err := editionOf("cn", set)
	if err != nil {
		return err
	}
	e.Tenant, e.Source, e.Actor, e.PublishTime = store.Everyone, "shipped with Redress", actor, s.cfg.Now()
	return postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		known, err := store.KnownThrough(ctx, tx, e.Tenant, e.Key)
		if err != nil || e.KnownThrough < known {
			return err
		}
		_, err = store.PublishHolidays(ctx, tx, e)
		return err
	})
}

// editionOf returns a set as it is kept.
func editionOf(key string, set holidays.Set) (store.HolidayEdition, error) {
	content, err := json.Marshal(set)
	return store.HolidayEdition{Key: key, Edition: set.Edition(), Content: content, KnownThrough: set.KnownThrough.String()}, err
}

// setOf reads the holidays of a request.
func setOf(req *slatimerv1.PublishHolidaysRequest) (holidays.Set, error) {
	if file := req.GetIcalendar(); file != nil {
		set, err := ical.Read(bytes.NewReader(file.GetData()), ical.Options{
			FirstYear: int(file.GetFirstYear()), LastYear: int(file.GetLastYear()), KnownThrough: int(file.GetLastYear()), Marks: ical.China(), Source: req.GetSource(),
		})
		if err != nil {
			return set, fault.New(fault.Invalid, "HOLIDAYS_INVALID", "%v", err).At("icalendar.data")
		}
		return set, nil
	}
	set := holidays.Set{}
	known, err := calendar.ParseDate(req.GetDays().GetKnownThroughDate())
	if err != nil {
		return set, fault.New(fault.Invalid, "HOLIDAYS_INVALID", "%v", err).At("days.known_through_date")
	}
	set.KnownThrough = known
	seen := map[calendar.Date]bool{}
	for _, d := range req.GetDays().GetDays() {
		date, err := calendar.ParseDate(d.GetDate())
		switch {
		case err != nil:
			return set, fault.New(fault.Invalid, "HOLIDAYS_INVALID", "%v", err).At("days.days.date")
		case seen[date]:
			return set, fault.New(fault.Invalid, "HOLIDAYS_INVALID", "%s is given twice; give each date once", date).At("days.days.date")
		case date.Compare(known) > 0:
			return set, fault.New(fault.Invalid, "HOLIDAYS_INVALID", "%s lies after known_through_date, %s", date, known).At("days.days.date")
		}
		seen[date] = true
		set.Days = append(set.Days, holidays.Day{Date: date, Name: d.GetName(), Off: d.GetOff()})
	}
	slices.SortFunc(set.Days, func(a, b holidays.Day) int { return a.Date.Compare(b.Date) })
	return set, nil
}

// holidaysProto returns e as callers see it.
func holidaysProto(e store.HolidayEdition) (*slatimerv1.HolidaySet, error) {
	var set holidays.Set
	if err := json.Unmarshal(e.Content, &set); err != nil {
		return nil, fmt.Errorf("holidays %s@%s: %w", e.Key, e.Edition, err)
	}
	out := &slatimerv1.HolidaySet{
		Key: e.Key, Edition: e.Edition, KnownThroughDate: e.KnownThrough, Source: e.Source, Actor: e.Actor,
		PublishTime: timestamppb.New(e.PublishTime), Current: e.Current, Shipped: e.Tenant == store.Everyone,
	}
	for _, d := range set.Days {
		out.Days = append(out.Days, &slatimerv1.HolidayDay{Date: d.Date.String(), Name: d.Name, Off: d.Off})
	}
	return out, nil
}
