package demo

import (
	"testing"
)

// shipped reads the file of deploy/demo.
func shipped(t *testing.T) File {
	t.Helper()
	file, err := ReadFile("../../../../deploy/demo/complaints.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// The totals stand in the README of deploy/demo and were counted there by a separate program.
func TestReferenceOfTheShippedFile(t *testing.T) {
	t.Parallel()
	var sum Counts
	ref := Reference(shipped(t).Records)
	for _, c := range ref {
		sum = sum.plus(c)
	}
	if want := (Counts{Complaints: 20000, InTime: 19117, Late: 612, Disputed: 512, NotDisputed: 1046}); sum != want {
		t.Errorf("reference adds up to %+v, want %+v", sum, want)
	}
	if len(ref) != 717 {
		t.Errorf("%d groups of month and product, want 717", len(ref))
	}
}

func TestReferenceCountsEachRecordOnce(t *testing.T) {
	t.Parallel()
	day := date("2015-03-18")
	ref := Reference([]Record{
		{Received: day, Product: "Mortgage", Timely: "Yes", Disputed: "Yes"},
		{Received: day, Product: "Mortgage", Timely: "No", Disputed: "No"},
		{Received: day, Product: "Mortgage"},
		{Received: day, Product: "Mortgage", Disputed: "Yes"}, // withdrawn: never asked
		{Received: day.AddDate(0, 1, 0), Product: "Mortgage", Timely: "Yes"},
	})
	if got, want := ref[Group{"2015-03", "Mortgage"}], (Counts{4, 1, 1, 1, 1}); got != want {
		t.Errorf("March: %+v, want %+v", got, want)
	}
	if got, want := ref[Group{"2015-04", "Mortgage"}], (Counts{1, 1, 0, 0, 0}); got != want {
		t.Errorf("April: %+v, want %+v", got, want)
	}
}

func TestVerdictNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	ref := map[Group]Counts{{"2015-03", "Mortgage"}: {Complaints: 2, InTime: 2}}
	if text, equal := verdict(ref, ref); !equal || text != "1 groups of month x product, 5 figures each: equal to the reference" {
		t.Errorf("equal sides: %v, %q", equal, text)
	}
	suite := map[Group]Counts{{"2015-03", "Mortgage"}: {Complaints: 2, InTime: 1, Late: 1}}
	text, equal := verdict(suite, ref)
	want := "NOT equal to the reference:\n  2015-03, Mortgage: in time 1, reference 2\n  2015-03, Mortgage: late 1, reference 0"
	if equal || text != want {
		t.Errorf("verdict: %v\n%s\nwant\n%s", equal, text, want)
	}
}
