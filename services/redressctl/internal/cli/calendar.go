package cli

import (
	"errors"
	"fmt"
	"os"

	"redress.dev/pkg/calendar/vectors"
)

type calendarCmd struct {
	Check    calendarCheckCmd    `cmd:"" help:"Answer the questions of vector files and print every difference."`
	Import   calendarImportCmd   `cmd:"" help:"Show the holidays and make-up working days of an iCalendar file; as JSON, in the form of a holiday file."`
	Show     calendarShowCmd     `cmd:"" help:"Show the holidays that Redress ships."`
	Publish  calendarPublishCmd  `cmd:"" help:"Publish the holidays of an iCalendar file: they count from now on, and deadlines are derived again."`
	Editions calendarEditionsCmd `cmd:"" help:"List the editions of holidays that were published."`
}

type calendarCheckCmd struct {
	Files []string `arg:"" name:"file" help:"Files of calendar vectors, JSON." type:"path"`
}

// Run prints each difference and the counts of every file, and fails when there is a difference or a file that cannot be used.
func (c calendarCheckCmd) Run(e *env) error {
	differences := 0
	var unusable []error
	for _, name := range c.Files {
		report, err := checkFile(name)
		if err != nil {
			unusable = append(unusable, fmt.Errorf("%s: %w", name, err)) // the other files have answers all the same
			continue
		}
		for _, d := range report.Differences {
			fmt.Fprintf(e.print.w, "%s: %s\n", name, d)
		}
		fmt.Fprintf(e.print.w, "%s: %d vectors, %d passed, %d refused, %d differ\n",
			name, report.Total, report.Passed, report.Refused, len(report.Differences))
		differences += len(report.Differences)
	}
	if differences > 0 {
		unusable = append(unusable, fmt.Errorf("%d answers differ", differences))
	}
	return errors.Join(unusable...)
}

func checkFile(name string) (vectors.Report, error) {
	file, err := os.Open(name)
	if err != nil {
		return vectors.Report{}, err
	}
	defer file.Close()
	return vectors.Check(file)
}
