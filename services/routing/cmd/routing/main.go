// Command routing serves Redress's routing service.
package main

import (
	"os"

	"redress.dev/pkg/app"

	"redress.dev/services/routing"
)

func main() { os.Exit(app.Main(routing.Name, routing.LoadConfig, routing.Run)) }
