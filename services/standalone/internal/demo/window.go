package demo

import "time"

// window is a span of the replay: what falls into it is done before the timers are let on to its end. Limits are judged by when
// things really happened, so that the outcome does not depend on a window's length.
type window struct {
	end         time.Time // the first moment after it
	first, last int       // its records are [first, last) of the file's
	withdrawn   []Record  // withdrawn by their consumers in it
	acts        int       // planned in it, withdrawals included
}

// windows cuts the time from the first receipt to the last act into spans of whole months, with so many records at least.
func (s script) windows(records []Record, plans map[string][]act, size int) []window {
	byMonth := map[time.Time]*window{}
	at := func(t time.Time) *window {
		t = t.In(s.zone)
		end := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, s.zone)
		if byMonth[end] == nil {
			byMonth[end] = &window{end: end}
		}
		return byMonth[end]
	}
	var last time.Time
	for i, r := range records {
		w := at(s.receive(r))
		if w.last == 0 {
			w.first = i
		}
		w.last = i + 1
		for _, a := range plans[r.ID] {
			w := at(a.Time)
			w.acts++
			if a.What == withdrawal {
				w.withdrawn = append(w.withdrawn, r)
			}
			if w.end.After(last) {
				last = w.end
			}
		}
	}
	var all []window
	full := true // the last of all takes no more
	for end := at(s.receive(records[0])).end; !end.After(last); end = end.AddDate(0, 1, 0) {
		month := byMonth[end]
		if month == nil {
			continue
		}
		if full {
			all = append(all, *month)
		} else {
			all[len(all)-1].join(*month)
		}
		w := all[len(all)-1]
		full = w.last-w.first >= size
	}
	return all
}

// join adds the month that follows to w.
func (w *window) join(next window) {
	if w.last == 0 {
		w.first = next.first
	}
	w.end, w.last = next.end, max(w.last, next.last)
	w.withdrawn = append(w.withdrawn, next.withdrawn...)
	w.acts += next.acts
}
