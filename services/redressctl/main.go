// Redressctl is Redress's command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"redress.dev/services/redressctl/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
