// Command intake serves Redress's intake; run it with any argument to see the variables that it is told by.
package main

import (
	"os"

	"redress.dev/pkg/app"
	"redress.dev/services/intake"
)

func main() { os.Exit(app.Main(intake.Name, intake.LoadConfig, intake.Run)) }
