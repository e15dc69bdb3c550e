package events

import "slices"

// Subscription is what a service consumes, and how.
type Subscription struct {
	// Producers holds, for each producer, the full names of the messages that Fold wants; an empty list means all. Other
	// events only move the cursor.
	Producers map[string][]string
	// Fold applies them.
	Fold Fold
	// BatchSize is the most events in one transaction; 0 means 768.
	BatchSize int
	// Rest is how many times as long as its last transaction took a part rests, at most a second, while less waits in it than a transaction
	// takes: what happens to one aggregate meanwhile is then written once. It rests only where a replica applies more than quickRate events a
	// second: few would gather otherwise. 0 is for who must always be quick.
	Rest int
	// Together names for a producer others, of Producers, that act on its events. An event waits for them, at most a second, where a replica
	// applies more than quickRate events a second: what they did because of it is then applied with it, and the aggregate is read and written once.
	Together map[string][]string
}

const (
	defaultBatchSize = 768
	// quickRate is how many events a second a replica applies without a rest, those of some 200 new complaints; so many also at once.
	quickRate = 1000
)

// AtLeisure is the Rest of a consumer that only shows what it has learned, up to a second late. One that decides by it must be quick: whoever
// calls it has seen elsewhere what it does not know yet.
const AtLeisure = 3 * Parts

// gathers tells whether events ever wait for others.
func (s Subscription) gathers() bool { return s.Rest > 0 || len(s.Together) > 0 }

func (s Subscription) batchSize() int {
	if s.BatchSize <= 0 {
		return defaultBatchSize
	}
	return s.BatchSize
}

// wants tells whether Fold is shown the event.
func (s Subscription) wants(e Event) bool {
	names := s.Producers[e.Producer]
	return len(names) == 0 || slices.Contains(names, e.Type)
}

// producers returns the names of the producers, sorted.
func (s Subscription) producers() []string {
	names := make([]string, 0, len(s.Producers))
	for name := range s.Producers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
