// Command sameday is the complaint desk's Slack bot and its tools: run it, check it, feed it work orders, prove and keep its ledger.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"sameday/bot/deliver"
)

func main() { os.Exit(start(time.Now, deliver.Limits{})) }

// start runs the program with the process's own arguments, environment and signals, and returns the exit code. Zero limits are Slack's own.
func start(now func() time.Time, limits deliver.Limits) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: now, Limits: limits})
}

// stdio is everything of the process that commands touch.
type stdio struct {
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Now      func() time.Time
	Limits   deliver.Limits
}
