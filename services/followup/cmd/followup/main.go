// Command followup serves Redress's return visits, closing and reopening. It is configured by its environment; -h lists it.
package main

import (
	"os"

	"redress.dev/pkg/app"
	"redress.dev/services/followup"
)

func main() { os.Exit(app.Main(followup.Name, followup.LoadConfig, followup.Run)) }
