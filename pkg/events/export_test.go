package events

// For tests in package events_test, which build on package eventstest, which imports this one.
var (
	MessageOf    = messageOf
	EventOf      = eventOf
	BeaconFor    = beaconSubject
	StreamNameOf = streamName
)

// Crew makes lanes those of one replica, whose events may share a transaction.
func Crew(lanes ...*Lane) {
	for _, l := range lanes {
		l.crew = func() []*Lane { return lanes }
	}
}

// Alone reports whether the bus's relay has every part.
func (b *Bus) Alone() bool { return b.alone.Load() }
