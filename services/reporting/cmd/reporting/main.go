// Command reporting serves Redress's timelines and figures. It is configured by its environment; -h lists it.
package main

import (
	"os"

	"redress.dev/pkg/app"
	"redress.dev/services/reporting"
)

func main() { os.Exit(app.Main(reporting.Name, reporting.LoadConfig, reporting.Run)) }
