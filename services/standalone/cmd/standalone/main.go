// Command standalone runs all five services in one process and replays real complaints through them: `make run`.
package main

import (
	"os"

	"redress.dev/services/standalone/internal/demo"
)

func main() { os.Exit(demo.Main(os.Stdout, os.Environ())) }
