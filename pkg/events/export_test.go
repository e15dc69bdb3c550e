package events

// For tests in package events_test, which build on package eventstest, which imports this one.
var (
	MessageOf    = messageOf
	EventOf      = eventOf
	BeaconFor    = beaconSubject
	StreamNameOf = streamName
)
