package events

import "strings"

// Subjects. Only events go under subjectRoot, which the streams take in; pokes, beacons and reports of progress are plain messages that nobody keeps.
const subjectRoot = "redress.v1."

// subjectOf returns where a producer's events are published, for example "redress.v1.intake.EventBatch".
func subjectOf(producer string) string { return subjectRoot + producer + ".EventBatch" }

// streamName returns a producer's stream, for example "REDRESS_INTAKE".
func streamName(producer string) string { return "REDRESS_" + strings.ToUpper(producer) }

func pokeSubject(service string) string    { return "redress.poke." + service }
func beaconSubject(producer string) string { return "redress.heads." + producer }

// progressSubject is where a consumer tells a producer how far it is; consumer "*" is everybody's.
func progressSubject(producer, consumer string) string {
	return "redress.applied." + producer + "." + consumer
}
