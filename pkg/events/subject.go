package events

import (
	"fmt"
	"strings"
)

// Subjects. Only events go under subjectRoot, which the streams take in; pokes, beacons and reports of progress are plain messages that nobody keeps.
const subjectRoot = "redress.v1."

// subjectOf returns where an event is published, for example "redress.v1.intake.7.ComplaintRegistered".
func subjectOf(e *Event) string {
	return fmt.Sprintf("%s%s.%d.%s", subjectRoot, e.Producer, e.Part, e.Type[strings.LastIndexByte(e.Type, '.')+1:])
}

// subjectsOf returns the filter for a producer's events of one part.
func subjectsOf(producer string, part int) string {
	return fmt.Sprintf("%s%s.%d.>", subjectRoot, producer, part)
}

// subjectsOfAll returns the filter for all events of a producer.
func subjectsOfAll(producer string) string { return subjectRoot + producer + ".>" }

// streamName returns a producer's stream, for example "REDRESS_INTAKE".
func streamName(producer string) string { return "REDRESS_" + strings.ToUpper(producer) }

func pokeSubject(service string) string    { return "redress.poke." + service }
func beaconSubject(producer string) string { return "redress.heads." + producer }

// progressSubject is where a consumer tells a producer how far it is; consumer "*" is everybody's.
func progressSubject(producer, consumer string) string {
	return "redress.applied." + producer + "." + consumer
}
