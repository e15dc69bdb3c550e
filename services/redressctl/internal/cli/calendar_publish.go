package cli

import (
	"fmt"

	"github.com/google/uuid"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

type calendarPublishCmd struct {
	Key string `arg:"" help:"Key that the calendars of procedures name, for example cn. A set of your own takes the shipped one's place."`
	holidayFile
}

// Run publishes the holidays of a file.
func (c calendarPublishCmd) Run(e *env) error {
	set, err := c.read()
	if err != nil {
		return err
	}
	days := &slatimerv1.HolidayDays{KnownThroughDate: set.KnownThrough.String()}
	for _, d := range set.Days {
		days.Days = append(days.Days, &slatimerv1.HolidayDay{Date: d.Date.String(), Name: d.Name, Off: d.Off})
	}
	source := c.Source
	if source == "" && len(set.Sources) > 0 {
		source = set.Sources[0].Title
	}
	api, err := client(e, e.conn.Slatimer, slatimerv1.NewSlatimerServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.PublishHolidays(e.ctx, &slatimerv1.PublishHolidaysRequest{
		RequestId: uuid.NewString(), Key: c.Key, Source: source, Content: &slatimerv1.PublishHolidaysRequest_Days{Days: days},
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		h := resp.GetHolidays()
		fmt.Fprintf(e.print.w, "Published %s@%s: %d days, known through %s. Deadlines that depend on them are derived again now.\n",
			h.GetKey(), h.GetEdition(), len(h.GetDays()), h.GetKnownThroughDate())
	})
}

type calendarEditionsCmd struct {
	Key string `arg:"" optional:"" help:"Key of a set of holidays; without one all."`
}

// Run lists the editions of holidays that were published.
func (c calendarEditionsCmd) Run(e *env) error {
	api, err := client(e, e.conn.Slatimer, slatimerv1.NewSlatimerServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListHolidays(e.ctx, &slatimerv1.ListHolidaysRequest{Key: c.Key})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, h := range resp.GetHolidays() {
			counts := ""
			if h.GetCurrent() {
				counts = "yes"
			}
			rows = append(rows, []string{h.GetKey(), h.GetEdition(), fmt.Sprint(len(h.GetDays())), h.GetKnownThroughDate(), counts, at(h.GetPublishTime()), h.GetActor(), h.GetSource()})
		}
		e.print.table("holidays", []string{"key", "edition", "days", "known through", "counts", "published", "by", "source"}, rows, 2)
	})
}
