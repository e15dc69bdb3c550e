// Command slatimer serves Redress's slatimer.
package main

import (
	"os"

	"redress.dev/pkg/app"
	"redress.dev/services/slatimer"
)

func main() { os.Exit(app.Main(slatimer.Name, slatimer.LoadConfig, slatimer.Run)) }
